// The requests that are measured, the same for every server.
import { load } from "./load.mjs";

/** Most buckets and assets that one list of paths goes round. */
const MOST = 1000;

/** Albums that are made for the list of them, and assets in each. */
export const ALBUMS = [50, 100];

/** Paths by name of the operation; assets are some of `ids`, buckets the larger ones. */
export async function paths(client, ids) {
  const buckets = await client.json("/api/timeline/buckets?visibility=timeline");
  const largest = Math.max(...buckets.map(({ count }) => count));
  const bucket = ({ timeBucket }) => `/api/timeline/bucket?visibility=timeline&timeBucket=${timeBucket}`;
  const step = Math.ceil(ids.length / MOST);
  const some = ids.filter((_, index) => index % step === 0);
  return {
    ping: ["/api/server/ping"],
    buckets: ["/api/timeline/buckets?visibility=timeline&withStacked=true&withPartners=true"],
    bucket: buckets.filter(({ count }) => count > largest / 2).slice(0, MOST).map(bucket),
    "asset info": some.map((id) => `/api/assets/${id}`),
    thumbnail: some.map((id) => `/api/assets/${id}/thumbnail?size=thumbnail`),
    preview: some.map((id) => `/api/assets/${id}/thumbnail?size=preview`),
    albums: ["/api/albums"],
    "asset statistics": ["/api/assets/statistics"],
  };
}

/** One operation under load for `seconds`, after two seconds of warming up; `note` is called before and after. */
export async function measured(url, client, list, seconds, note = () => {}) {
  await load(url, client.headers, list, 2);
  note();
  const result = await load(url, client.headers, list, seconds);
  note();
  return result;
}
