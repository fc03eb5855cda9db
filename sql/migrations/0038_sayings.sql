-- What is said to people, told so that pages can say it in other languages: by the column that holds the English words.
alter table alerts add column said jsonb not null default '{}';
alter table health add column said jsonb not null default '{}';
alter table onboarding_steps add column said jsonb not null default '{}';
