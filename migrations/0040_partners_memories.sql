-- A photo that partners see no more leaves their memories, too.
create trigger asset_left_memories after update of visibility on asset
  when old.visibility <> new.visibility and new.visibility in ('archive', 'locked')
begin
  insert into memory_asset_audit (memory_id, id, asset_id) select x.memory_id, new.update_id, x.asset_id
    from memory_asset x join memory m on m.id = x.memory_id where x.asset_id = new.id and m.owner_id <> new.owner_id
    on conflict (memory_id, id) do nothing;
  delete from memory_asset where asset_id = new.id
    and exists (select 1 from memory m where m.id = memory_asset.memory_id and m.owner_id <> new.owner_id);
end;
