"""Reads what is organised, found and shared with immichpy, whose models refuse what they do not know or miss.

Usage: library.py URL TOKEN ASSET_ID ALBUM_ID. Prints what it found as JSON. An answer that a model refuses ends it.
People are left out: those of 3.3 have lists that 3.2 does not know, without which its models take none.
"""

import asyncio
import json
import sys
from uuid import UUID

from immichpy import AsyncClient
from immichpy.client.generated.models import (
    DownloadInfoDto,
    MetadataSearchDto,
    PartnerDirection,
    RandomSearchDto,
    SearchFilter,
    SearchSuggestionType,
    StatisticsSearchDto,
)


async def searches(client):
    """What finds photos; pages are followed to the last one by their cursors."""
    names, cursor = [], None
    while True:
        asked = MetadataSearchDto(
            size=1, with_exif=True, filter=SearchFilter(), cursor=cursor
        )
        page = (await client.search.search_assets(metadata_search_dto=asked)).assets
        names += [asset.original_file_name for asset in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    some = await client.search.search_random(random_search_dto=RandomSearchDto(size=2))
    large = await client.search.search_large_assets()
    count = await client.search.search_asset_statistics(
        statistics_search_dto=StatisticsSearchDto()
    )
    cities = await client.search.get_assets_by_city()
    await client.search.get_explore_data()
    countries = await client.search.get_search_suggestions(
        type=SearchSuggestionType.COUNTRY
    )
    places = await client.search.search_places(name="Paris")
    return {
        "names": names,
        "some": len(some),
        "large": len(large),
        "total": count.total,
        "cities": len(cities),
        "countries": countries,
        "places": [place.name for place in places],
    }


async def organised(client, asset):
    """Tags, stacks, memories, duplicates, folders, positions."""
    tags = await client.tags.get_all_tags()
    await client.tags.get_tag_by_id(id=tags[0].id)
    stacks = await client.stacks.search_stacks()
    memories = await client.memories.search_memories()
    await client.memories.memories_statistics()
    duplicates = await client.duplicates.get_asset_duplicates()
    paths = await client.views.get_unique_original_paths()
    await client.views.get_assets_by_original_path(path=paths[0])
    markers = await client.map.get_map_markers()
    where = await client.map.reverse_geocode(lat=48.86, lon=2.35)
    files = await client.asset_files.search_asset_files(asset_id=asset)
    return {
        "tags": [tag.value for tag in tags],
        "stacked": [len(stack.assets) for stack in stacks],
        "memories": [memory.data.year for memory in memories],
        "duplicates": len(duplicates),
        "markers": [str(marker.id) for marker in markers],
        "where": len(where),
        "files": sorted(file.type.value for file in files),
    }


async def shared(client, asset, album):
    """Partners, links, comments, downloads, notifications, cluster groups."""
    partners = await client.partners.get_partners(direction=PartnerDirection.SHARED_MINUS_BY)
    links = await client.shared_links.get_all_shared_links()
    await client.shared_links.get_shared_link_by_id(id=links[0].id)
    comments = await client.activities.get_activities(album_id=album)
    await client.activities.get_activity_statistics(album_id=album)
    archive = await client.download.get_download_info(
        download_info_dto=DownloadInfoDto(asset_ids=[asset])
    )
    told = await client.notifications.get_notifications()
    requests = await client.cluster_groups.get_cluster_group_requests()
    return {
        "partners": [partner.name for partner in partners],
        "links": [link.slug for link in links],
        "comments": [comment.comment for comment in comments],
        "size": archive.total_size,
        "told": len(told),
        "requests": len(requests),
    }


async def installed(client):
    """Libraries, workflows, plugins, the configuration that everybody may read."""
    libraries = await client.libraries.get_all_libraries()
    workflows = await client.workflows.search_workflows()
    triggers = await client.workflows.get_workflow_triggers()
    plugins = await client.plugins.search_plugins()
    methods = await client.plugins.search_plugin_methods()
    await client.plugins.search_plugin_templates()
    await client.config_public.get_public_config()
    await client.config_user.get_user_config()
    return {
        "libraries": [library.name for library in libraries],
        "workflows": len(workflows),
        "triggers": len(triggers),
        "plugins": len(plugins),
        "methods": len(methods),
    }


async def main(url, token, asset, album):
    """Reads with the token of an administrator's session."""
    client = AsyncClient(base_url=url, access_token=token)
    try:
        found = await searches(client)
        found |= await organised(client, UUID(asset))
        found |= await shared(client, UUID(asset), UUID(album))
        found |= await installed(client)
    finally:
        await client.close()
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
