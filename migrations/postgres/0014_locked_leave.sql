-- What was locked before locking took it out of albums and shared links leaves them now, and clients are told (docs/security.md).
insert into album_asset_audit (album_id, id, asset_id)
  select x.album_id, overlay(lpad(to_hex(update_clock_tick()), 12, '0') placing '-' from 9 for 0) || '-7'
    || substr(gen_random_uuid()::text, 16), x.asset_id
  from asset a join album_asset x on x.asset_id = a.id where a.visibility = 'locked';

update album set thumbnail_asset_id = (select x.asset_id from album_asset x join asset r on r.id = x.asset_id
    where x.album_id = album.id and r.deleted_at is null and r.visibility <> 'locked'
    order by r.file_created_at desc, r.id desc limit 1),
  update_id = overlay(lpad(to_hex(update_clock_tick()), 12, '0') placing '-' from 9 for 0) || '-7'
    || substr(gen_random_uuid()::text, 16)
  where thumbnail_asset_id in (select a.id from asset a where a.visibility = 'locked');

delete from album_asset where asset_id in (select a.id from asset a where a.visibility = 'locked');

delete from shared_link_asset where asset_id in (select a.id from asset a where a.visibility = 'locked');
