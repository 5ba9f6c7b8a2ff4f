create table if not exists "spotify_sessions" (
  "key" text primary key not null,
  version text not null,
  payload text not null,
  disposable_at integer,
  updated_at integer not null
);

create index if not exists "spotify_sessions_disposable_at"
  on "spotify_sessions" (disposable_at) where disposable_at is not null;
