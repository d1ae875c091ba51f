"""Files that people send, and the address under which an app gets them.

docs.slack.dev/reference/objects/file-object: ``url_private_download`` wants the bot token in the header. A
request without it is answered by Slack's sign-in page with the status 200 (slackapi/bolt-js#2585), or by a
redirect to it (slackapi/deno-slack-sdk#285); an app without the scope files:read meets the same.
"""

from dataclasses import dataclass, field

from aiohttp import hdrs, web

from .core import Core
from .problems import Json
from .workspace import TEAM_ID

_SIGN_IN = "<!DOCTYPE html><html><head><title>Sign in to Parley tests</title></head></html>"


@dataclass(slots=True)
class Upload:
    """One file, described as Slack does, and its content."""

    body: Json
    content: bytes


@dataclass(slots=True)
class Files:
    """Every file that was sent."""

    core: Core
    uploads: dict[str, Upload] = field(default_factory=dict)

    def add(self, user: str, name: str, content: bytes, media_type: str) -> Json:
        """Keep a file, and return it as an object."""
        new_id = self.core.workspace.new_id("F")
        url = f"{self.core.base_url}/files-pri/{TEAM_ID}-{new_id}/download/{name}"
        body: Json = {
            "id": new_id,
            "name": name,
            "title": name,
            "mimetype": media_type,
            "filetype": name.rpartition(".")[2],
            "user": user,
            "size": len(content),
            "mode": "hosted",
            "is_external": False,
            "url_private": url.replace("/download/", "/"),
            "url_private_download": url,
            "file_access": "visible",
        }
        self.uploads[new_id] = Upload(body, content)
        return body

    async def answer(self, request: web.Request) -> web.Response:
        """Give one file out."""
        upload = self.uploads.get(request.match_info["key"].rpartition("-")[2])
        if upload is None:
            return web.Response(status=404, text="not found")
        token = self.core.credentials.bot_token
        scopes = self.core.credentials.scopes
        known = request.headers.get(hdrs.AUTHORIZATION) == f"Bearer {token}"
        if not known or (scopes is not None and "files:read" not in scopes):
            return web.Response(text=_SIGN_IN, content_type="text/html")
        headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{upload.body["name"]}"'}
        return web.Response(body=upload.content, content_type=upload.body["mimetype"], headers=headers)
