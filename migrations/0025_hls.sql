-- Live transcoding (HLS): when the packets of videos come, sessions of viewers and their objects (docs/companion.md).
alter table companion add column streams_at bigint; -- last asked for sessions of live transcoding, to the minute

alter table asset_video add column packet_ticks bigint; -- sum of the durations of all packets; null: not read, or it cannot be cut into segments
alter table asset_video add column packet_count bigint; -- packets that are shown
alter table asset_video add column frame_count bigint; -- frames of an output with a constant rate
alter table asset_video add column base_numerator bigint; -- a tick is base_numerator / base_denominator seconds
alter table asset_video add column base_denominator bigint;

drop table video_stream_session;

create table hls_session (
  id text not null primary key,
  asset_id text not null, -- no reference: its objects are deleted with the session, which ends by itself
  viewer text not null, -- id of the user, or of the shared link
  created_at bigint not null,
  expires_at bigint not null,
  beat_at bigint not null, -- last request for a segment
  change bigint not null default 0, -- grows with each request
  variant integer, -- wanted; null: nothing yet
  segment integer not null default 0, -- last one that was missing
  requested integer, -- last one that was asked for
  companion_id text, -- who serves it
  lease_id text,
  lease_expires_at bigint
);
create index hls_session_viewer_idx on hls_session (viewer, created_at);
create index hls_session_beat_idx on hls_session (beat_at);

-- One object of such a session: a segment, or the beginning of a variant (number -1).
create table hls_segment (
  session_id text not null references hls_session (id) on delete cascade,
  variant integer not null,
  number integer not null,
  object_key text not null unique,
  primary key (session_id, variant, number)
);
