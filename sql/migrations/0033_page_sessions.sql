-- Sessions of the dashboard's page, whose tokens stand in cookies.

-- `csrf`: what the page must send along with its cookie; null: no page's. `proved_at`: when the person last proved who
-- they are, which what cannot be undone asks for.
alter table sessions
  add column csrf      text,
  add column proved_at timestamptz not null default now();

drop trigger changed on sessions;
create trigger changed after update of actions, expires_at, ended_at, proved_at on sessions for each row
  execute function xyper_access_changed();
