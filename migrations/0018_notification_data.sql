-- What the server itself tells has its data as a text that holds JSON, by which the web app opens an album.
update notification set data = json_quote(data) where type in ('AlbumInvite', 'AlbumUpdate') and data like '{%';
