-- Companions: who they are, what they told of videos, and how far a job is (docs/companion.md).
create table companion (
  id text not null primary key, -- id of its token
  name text not null,
  about text not null, -- JSON: what it told of itself
  seen_at bigint not null, -- last asked for work, to the minute
  revoked_at bigint -- its token is not taken any more
);

create table asset_video (
  asset_id text not null primary key references asset (id) on delete cascade,
  container text not null, -- names of the format
  video_codec text not null,
  audio_codec text,
  width integer not null, -- pixels as stored
  height integer not null,
  rotation integer not null, -- degrees
  fps double precision,
  duration_ms bigint,
  bit_rate bigint, -- bits a second
  pixel_format text,
  color_primaries text,
  color_transfer text,
  color_space text,
  updated_at bigint not null
);

alter table job add column progress integer; -- per cent, as the companion tells; null: unknown

create index job_companion_later_idx on job (queue, run_after) where state = 'waiting' and turn is null and runner = 'companion';
