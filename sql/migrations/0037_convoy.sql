-- Engines that share RabbitMQ, and one order after it was away.

-- What each of them keeps on its own disk: of each queue the oldest message's id. It is told again and again, so nothing
-- is lost with it.
create unlogged table spooled (
  engine  text,
  queue   text,
  head    text collate "C" not null,
  beat_at timestamptz not null default now(),
  primary key (engine, queue)
);
grant select, insert, update, delete on spooled to xyper_engine;

-- What several of them kept of one queue, on its way to RabbitMQ; sealed as on their disks, by a key of the host's.
create table joint (
  queue  text,
  id     text collate "C",
  sealed bytea not null,
  key_id text not null,
  primary key (queue, id)
);
grant select, insert, update, delete on joint to xyper_engine;
