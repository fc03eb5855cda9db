-- What was stored while no scanner was switched on, for whoever scans it afterwards.
create index files_unscanned on files (id) where scan = 'unscanned' and state = 'stored';
