-- A trace's steps stay the JSON text they came as. Nothing looks for anything in them, and to take each to pieces when it
-- is written cost the database a third of the row. And a conversation's traces are found by the conversation alone: with
-- the message behind it the index cost as much as everything else of a row. This rewrites the traces kept so far.
drop index traces_conversation_message_idx;
alter table traces alter column steps type text using steps::text;
create index on traces (conversation) where conversation is not null;
