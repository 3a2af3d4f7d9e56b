-- Whom members of a cluster group have asked to join it (api/v32.md section 5). Every account is in a group.
update users set cluster_group_id = id where cluster_group_id is null;
create index users_cluster_group_idx on users (cluster_group_id);

create table cluster_group_request (
  id text not null primary key,
  cluster_group_id text not null,
  user_id text not null references users (id) on delete cascade, -- who is asked
  created_at bigint not null,
  unique (cluster_group_id, user_id)
);
create index cluster_group_request_user_idx on cluster_group_request (user_id, created_at);

-- People of members of one cluster group who are one and the same have the same value (docs/faces.md).
alter table person add column cluster_id text;
create index person_cluster_idx on person (cluster_id, owner_id) where cluster_id is not null;
