"""Over the wire: people type at an emulated service while the server behind it is killed again and again."""
