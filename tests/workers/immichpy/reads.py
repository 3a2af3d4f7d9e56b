"""Reads what every user and an administrator look at with immichpy, whose models refuse what they do not know or miss.

Usage: reads.py URL KEY TOKEN ASSET_ID ALBUM_ID. Prints what it found as JSON. An answer that a model refuses ends it.
"""

import asyncio
import json
import sys
from uuid import UUID

from immichpy import AsyncClient
from immichpy.client.generated.models import ApiKeyCreateDto, Permission


async def own(client, asset, album):
    """What every user reads."""
    me = await client.users.get_my_user()
    users = await client.users.search_users()
    preferences = await client.users.get_my_preferences()
    await client.users.get_user(id=me.id)
    await client.users.get_user_onboarding()
    await client.users.get_my_calendar_heatmap()
    albums = await client.albums.get_all_albums()
    info = await client.albums.get_album_info(id=album)
    await client.albums.get_album_statistics()
    photo = await client.assets.get_asset_info(id=asset)
    statistics = await client.assets.get_asset_statistics()
    await client.assets.get_asset_metadata(id=asset)
    thumbnail = await client.assets.view_asset(id=asset)
    original = await client.assets.download_asset(id=asset)
    buckets = await client.timeline.get_time_buckets()
    month = await client.timeline.get_time_bucket(
        time_bucket=str(buckets[0].time_bucket)
    )
    sessions = await client.sessions.get_sessions()
    acks = await client.sync.get_sync_ack()
    return {
        "me": str(me.id),
        "group": str(me.cluster_group_id),
        "users": len(users),
        "sidebar": preferences.memories.sidebar_web,
        "strategy": preferences.people.update_strategy.value,
        "albums": len(albums),
        "album": info.album_name,
        "taken": photo.exif_info.date_time_original.isoformat(),
        "images": statistics.images,
        "thumbnail": len(thumbnail),
        "original": len(original),
        "month": [str(id) for id in month.id],
        "sessions": len(sessions),
        "acks": len(acks),
    }


async def server(client):
    """What the server says of itself."""
    about = await client.server.get_about_info()
    await client.server.get_apk_links()
    await client.server.get_server_config()
    await client.server.get_server_features()
    await client.server.get_storage()
    await client.server.get_supported_media_types()
    await client.server.get_version_check()
    await client.server.get_version_history()
    version = await client.server.get_server_version()
    ping = await client.server.ping_server()
    return {"about": about.version, "version": version.major, "ping": ping.res}


async def administration(client, me):
    """What administrators read."""
    await client.server.get_server_statistics()
    users = await client.users_admin.search_users_admin()
    await client.users_admin.get_user_admin(id=me)
    await client.users_admin.get_user_preferences_admin(id=me)
    await client.users_admin.get_user_sessions_admin(id=me)
    await client.users_admin.get_user_statistics_admin(id=me)
    await client.system_config.get_config()
    await client.system_config.get_config_defaults()
    await client.system_config.get_storage_template_options()
    await client.system_metadata.get_admin_onboarding()
    await client.jobs.get_queues_legacy()
    queues = await client.queues.get_queues()
    return {"accounts": len(users), "queues": len(queues)}


async def keys(client):
    """A new key, and those that are there."""
    new = await client.api_keys.create_api_key(
        ApiKeyCreateDto(name="short-lived", permissions=[Permission.USER_DOT_READ])
    )
    listed = await client.api_keys.get_api_keys()
    await client.api_keys.delete_api_key(id=new.id)
    return {"key": new.name, "same": new.api_key.id == new.id, "keys": len(listed)}


async def main(url, key, token, asset, album):
    """Reads with a key, and with the token of a session what needs one."""
    with_key = AsyncClient(base_url=url, api_key=key)
    with_token = AsyncClient(base_url=url, access_token=token)
    try:
        found = await server(with_key)
        found |= await own(with_token, UUID(asset), UUID(album))
        found |= await administration(with_key, UUID(found["me"]))
        found |= await keys(with_token)
        mine = await with_key.api_keys.get_my_api_key()
        found["mine"] = mine.name
        status = await with_token.auth.get_auth_status()
        found["password"] = status.password
    finally:
        await with_key.close()
        await with_token.close()
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
