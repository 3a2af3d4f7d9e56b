-- Vectors of faces, and what is read of them for a new one (docs/faces.md).
drop table face_search;

-- What a face looks like as a vector of numbers, and whether it waits for a person (docs/faces.md).
create table face_vector (
  face_id text not null primary key references asset_face (id) on delete cascade,
  owner_id text not null,
  model text not null, -- vectors of different models are never compared
  seq bigint not null, -- order within the owner and the model
  code text not null, -- base64 of numbers of 8 bits; how large they are together does not matter
  turn integer not null, -- 0: waits for a person, 1: waits a second time, 2: was looked at
  former_person_id text -- whose it was before everything was sorted anew
);
create index face_vector_seq_idx on face_vector (owner_id, model, seq);
create index face_vector_waiting_idx on face_vector (owner_id, model, turn, seq) where turn < 2;
create index face_vector_former_idx on face_vector (former_person_id) where former_person_id is not null;

-- Older vectors of an owner, many in a row: what is compared with a new face is read in few rows.
create table face_vector_block (
  owner_id text not null references users (id) on delete cascade,
  model text not null,
  block integer not null, -- 0, 1, 2 and so on
  last_seq bigint not null, -- what is behind it is in face_vector only
  ids text not null, -- JSON array of face ids
  codes text not null, -- base64 of their codes, one after the other
  primary key (owner_id, model, block)
);
