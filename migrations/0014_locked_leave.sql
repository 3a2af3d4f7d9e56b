-- What was locked before locking took it out of albums and shared links leaves them now, and clients are told (docs/security.md).
insert into update_clock (id, at) values (1, cast(unixepoch('subsec') * 1000 as integer))
  on conflict (id) do update set at = max(update_clock.at + 1, excluded.at);

insert into album_asset_audit (album_id, id, asset_id)
  select x.album_id, lower(printf('%08x-%04x-7', (select at from update_clock where id = 1) / 65536,
    (select at from update_clock where id = 1) % 65536) || substr(hex(randomblob(2)), 2) || '-'
    || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), x.asset_id
  from asset a join album_asset x on x.asset_id = a.id where a.visibility = 'locked';

update album set thumbnail_asset_id = (select x.asset_id from album_asset x join asset r on r.id = x.asset_id
    where x.album_id = album.id and r.deleted_at is null and r.visibility <> 'locked'
    order by r.file_created_at desc, r.id desc limit 1),
  update_id = lower(printf('%08x-%04x-7', (select at from update_clock where id = 1) / 65536,
    (select at from update_clock where id = 1) % 65536) || substr(hex(randomblob(2)), 2) || '-'
    || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))
  where thumbnail_asset_id in (select a.id from asset a where a.visibility = 'locked');

delete from album_asset where asset_id in (select a.id from asset a where a.visibility = 'locked');

delete from shared_link_asset where asset_id in (select a.id from asset a where a.visibility = 'locked');
