-- What searches by meaning compare where PostgreSQL has pgvector 0.7 or later (docs/smart-search.md, decision 40). Read at each start,
-- behind the migrations; where the extension is not, nothing happens. No dump holds the table: asset_vector is the truth.

do $$
begin
  if exists (select 1 from pg_available_extensions where name = 'vector' and installed_version is null) then
    begin
      create extension vector;
    exception when others then
      raise notice 'pgvector is not used: %', sqlerrm;
    end;
  end if;
  -- Only superusers may make it, and older ones have no such type.
  if to_regtype('halfvec') is null then
    return;
  end if;

  create or replace function asset_pgvector_numbers(code text) returns halfvec language sql immutable strict parallel safe as $f$
    select case when length(code) between 1 and 16000 and code ~ '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$' then
      (select array(select (get_byte(b.bytes, n.at) + 128) % 256 - 128 from generate_series(0, octet_length(b.bytes) - 1) as n(at))::halfvec
       from (select decode(code, 'base64') as bytes offset 0) b) end
  $f$;

  create or replace function asset_pgvector_keep() returns trigger language plpgsql as $f$
  begin
    insert into asset_pgvector as kept (asset_id, owner_id, model, numbers)
      values (new.asset_id, new.owner_id, new.model, asset_pgvector_numbers(new.code))
      on conflict (asset_id) do update set owner_id = excluded.owner_id, model = excluded.model, numbers = excluded.numbers;
    return null;
  exception when others then
    -- What is to be tried again as a whole is (class 40). Else its files are gone or of another server, or the table is: searches go
    -- without it, too, and looking at pictures goes on. The next start makes up for this row.
    if left(sqlstate, 2) = '40' then
      raise;
    end if;
    begin
      delete from asset_pgvector where asset_id = new.asset_id;
    exception when others then
      if left(sqlstate, 2) = '40' then
        raise;
      end if;
    end;
    return null;
  end $f$;
  -- It goes with the extension, and its trigger with it.
  alter function asset_pgvector_keep() depends on extension vector;

  -- Each of its columns is there and it is filled.
  if to_regclass('asset_pgvector_owner_idx') is not null then
    return;
  end if;
  -- Who drops the extension takes a column along.
  if not exists (select 1 from pg_attribute where attrelid = to_regclass('asset_pgvector') and attname = 'numbers' and not attisdropped) then
    drop table if exists asset_pgvector;
    -- Beside the code they would be twice as much to read. Stored outside of their rows they would take three times as long to read.
    create table asset_pgvector (
      asset_id text not null primary key references asset_vector (asset_id) on delete cascade,
      owner_id text not null,
      model text not null,
      numbers halfvec -- the numbers of the code as they are; null where it is damaged
    ) with (toast_tuple_target = 8160);
  end if;

  create or replace trigger asset_pgvector_keep after insert or update on asset_vector
    for each row execute function asset_pgvector_keep();
end $$;

-- Takes over the next vectors behind this asset, of before the extension was there; gives the last one, null behind all.
create or replace function asset_pgvector_fill(after text) returns text language plpgsql as $$
declare
  last text;
begin
  if to_regclass('asset_pgvector') is null or to_regtype('halfvec') is null then
    return null;
  end if;
  select max(s.asset_id) into last from (select asset_id from asset_vector where asset_id > after order by asset_id limit 2000) s;
  -- What is being deleted is left out.
  insert into asset_pgvector (asset_id, owner_id, model, numbers)
    select v.asset_id, v.owner_id, v.model, asset_pgvector_numbers(v.code) from asset_vector v
    where v.asset_id > after and v.asset_id <= last and not exists (select 1 from asset_pgvector p where p.asset_id = v.asset_id)
    for key share of v skip locked
    on conflict do nothing;
  if last is null and not exists (select 1 from asset_vector v where not exists (select 1 from asset_pgvector p where p.asset_id = v.asset_id)) then
    -- Searches look whether it is there. It goes with the extension.
    create index if not exists asset_pgvector_owner_idx on asset_pgvector (owner_id, model) where numbers is not null;
  end if;
  return last;
end $$;
