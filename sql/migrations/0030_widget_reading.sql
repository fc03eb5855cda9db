-- For the agents' widget: which message a reaction, an edit or a deletion speaks of, and what is known of a file beside
-- its bytes.

-- The id, at the side that a message came from or at the one that it goes to, of the one that it reacts to, edits or
-- deletes.
alter table messages add column about text;
create index messages_about on messages (tenant, about) where about is not null;

-- Those that an older version kept are read again by running engines, as all that the sealed bodies hold.
alter table messages no force row level security;
update messages set words = null where kinds && array['reaction', 'notice'];
alter table messages force row level security;

-- `{"width": …, "height": …, "duration": …, "peaks": […], "pages": …}`, as far as there are; null: nobody looked yet.
alter table files add column details jsonb;
