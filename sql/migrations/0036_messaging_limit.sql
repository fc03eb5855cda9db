-- How many people a number may write to first within a day, as its vendor says when the number is checked.
alter table health add column messaging_limit text not null default '';
