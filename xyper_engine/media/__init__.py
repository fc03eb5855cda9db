"""The media store: files by key. Any S3 server, or a folder, behind the same small port."""
