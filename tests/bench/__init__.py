"""``make bench``: how fast Parley is, beside the limit or the peer that ran in the same minute.

Each module measures one thing. A figure is a ratio: both sides run alternately on the same machine,
since an absolute figure says more about the machine and its neighbours than about Parley.
"""
