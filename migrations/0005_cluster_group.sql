-- The group of accounts in which people are recognised together, which clients of 3.2 read of every account. Each is alone in
-- one of its own, whose id is that of the account.
alter table users add column cluster_group_id text;
update users set cluster_group_id = id;
