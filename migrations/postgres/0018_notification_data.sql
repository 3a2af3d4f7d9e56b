-- What the server itself tells has its data as a text that holds JSON, by which the web app opens an album.
update notification set data = to_json(data)::text where type in ('AlbumInvite', 'AlbumUpdate') and data like '{%';
