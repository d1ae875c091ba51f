"""What Slack allows. Each figure stands beside the page, class or report it was read from.

``slack_sdk/models`` means the class constants of slack_sdk 3.47.0; ``docs.slack.dev`` paths are
those of the public documentation.
"""

from typing import Final

# docs.slack.dev/reference/block-kit/blocks
BLOCKS_PER_MESSAGE: Final = 50
# docs.slack.dev/surfaces/modals, docs.slack.dev/surfaces/app-home
BLOCKS_PER_VIEW: Final = 100
# Undocumented. slackapi/bolt-js#2509 met msg_blocks_too_long at about 13,200 characters of text and
# containers together; #2867 met it at 11,341 characters of text alone, so containers count.
# We count the compact JSON of the blocks.
BLOCKS_CHARACTERS: Final = 13_200

# slack_sdk/models/blocks/blocks.py
SECTION_TEXT: Final = 3000
SECTION_FIELDS: Final = 10
HEADER_TEXT: Final = 150
ACTIONS_ELEMENTS: Final = 25
CONTEXT_ELEMENTS: Final = 10
MARKDOWN_TEXT: Final = 12_000
BLOCK_ID: Final = 255
IMAGE_URL: Final = 3000
IMAGE_ALT: Final = 2000
IMAGE_TITLE: Final = 2000
INPUT_LABEL: Final = 2000
INPUT_HINT: Final = 2000
# docs.slack.dev/reference/block-kit/blocks/section-block: the class leaves a field's text unchecked
FIELD_TEXT: Final = 2000

# docs.slack.dev/reference/block-kit/blocks/table-block
TABLE_ROWS: Final = 100
TABLE_CELLS: Final = 20

# slack_sdk/models/blocks/block_elements.py
ACTION_ID: Final = 255
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2000
BUTTON_URL: Final = 3000
ACCESSIBILITY_LABEL: Final = 75
PLACEHOLDER: Final = 150
OVERFLOW_OPTIONS: Final = 5
SELECT_OPTIONS: Final = 100
OPTION_GROUPS: Final = 100
# docs.slack.dev/reference/block-kit/block-elements/checkboxes-element, radio-button-group-element
CHOICE_OPTIONS: Final = 10

# slack_sdk/models/blocks/basic_components.py
OPTION_TEXT: Final = 75
OPTION_VALUE: Final = 150
CONFIRM_TITLE: Final = 100
CONFIRM_TEXT: Final = 300
CONFIRM_BUTTON: Final = 30
# docs.slack.dev/reference/block-kit/composition-objects/text-object
PLAIN_TEXT: Final = 3000

# slack_sdk/models/views/__init__.py
VIEW_TITLE: Final = 24
VIEW_BUTTON: Final = 24
PRIVATE_METADATA: Final = 3000
CALLBACK_ID: Final = 255
EXTERNAL_ID: Final = 255

# docs.slack.dev/changelog/2018-04-truncating-really-long-messages: longer texts are cut, not refused
POSTED_TEXT: Final = 40_000
# docs.slack.dev/reference/methods/chat.update: longer texts are refused with msg_too_long
UPDATED_TEXT: Final = 4000

# docs.slack.dev/interactivity/handling-user-interaction
ACK_SECONDS: Final = 3.0
TRIGGER_SECONDS: Final = 3.0
RESPONSE_URL_USES: Final = 5
RESPONSE_URL_SECONDS: Final = 30 * 60.0
# docs.slack.dev/apis/events-api: immediately, after 1 minute, after 5 minutes. The page does not say
# from when the minutes run; here each wait starts when the attempt before it has failed.
RETRY_DELAYS: Final = (0.0, 60.0, 300.0)

# slackapi/node-slack-sdk#1654, slackapi/bolt-js#2225: ten connections for one app
SOCKETS: Final = 10
# Seen in hello frames (slackapi/java-slack-sdk, slack-api-client EnvelopeTest): seconds
CONNECTION_SECONDS: Final = 18_060
# docs.slack.dev/apis/events-api/using-socket-mode: a warning comes about ten seconds ahead
WARNING_SECONDS: Final = 10.0

# docs.slack.dev/reference/methods/conversations.history
HISTORY_PAGE: Final = 100
HISTORY_PAGE_MAX: Final = 999

# docs.slack.dev/apis/web-api/rate-limits: calls a minute. Tier 1 bears a small burst of unknown size;
# here as much as ten replicas need to open a socket each.
TIER_1: Final = 1 + 9
TIER_2: Final = 20
TIER_3: Final = 50
TIER_4: Final = 100
# slackapi/java-slack-sdk, MethodsRateLimitTier: SpecialTier_auth_test
TIER_AUTH_TEST: Final = 600
# docs.slack.dev/apis/web-api/rate-limits: one message a second for each channel, with short bursts,
# and some hundreds a minute for the workspace. The burst's size is not documented; ours is small.
POSTS_PER_SECOND: Final = 1.0
POSTS_BURST: Final = 4
POSTS_PER_MINUTE: Final = 300

# docs.slack.dev/reference/app-manifest
APP_NAME: Final = 35
APP_DESCRIPTION: Final = 140
SHORTCUT_NAME: Final = 24
SHORTCUT_DESCRIPTION: Final = 150
USAGE_HINT: Final = 1000
