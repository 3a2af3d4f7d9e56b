-- What pictures look like to CLIP, and what is read of it for a search (docs/smart-search.md).
drop table smart_search;

-- What the preview of an asset looks like as a vector of numbers (docs/smart-search.md).
create table asset_vector (
  asset_id text not null primary key references asset (id) on delete cascade,
  owner_id text not null,
  model text not null, -- vectors of different models are never compared
  seq bigint not null, -- order within the owner and the model
  code text not null -- base64 of numbers of 8 bits; how large they are together does not matter
);
create index asset_vector_seq_idx on asset_vector (owner_id, model, seq);

-- Older vectors of an owner, many in a row: a search reads their signs in few rows.
create table asset_vector_block (
  owner_id text not null references users (id) on delete cascade,
  model text not null,
  block integer not null, -- 0, 1, 2 and so on
  version text not null, -- another one when the block is made anew
  last_seq bigint not null, -- what is behind it is in asset_vector only
  ids text not null, -- JSON array of asset ids
  bits text not null, -- base64 of the signs of their numbers, one vector after the other
  primary key (owner_id, model, block)
);
