-- What was used once in logins through the identity provider and may not be used again (docs/oauth.md).
create table oauth_seen (
  digest text not null primary key, -- of issuer, nonce and code of a login, or of issuer and id of a logout token
  created_at bigint not null
);
create index oauth_seen_created_at_idx on oauth_seen (created_at);
