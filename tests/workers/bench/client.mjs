// Requests of one user to the server under measurement.
import { createHash } from "node:crypto";

/** What the first administrator logs in with. */
export const ACCOUNT = { email: "bench@example.com", password: "benchmark" };

/** The client of the first administrator, who signs up and logs in. */
export async function signUp(url) {
  const post = (route, body) =>
    fetch(url + route, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }).then((response) => response.json());
  const { id } = await post("/api/auth/admin-sign-up", { ...ACCOUNT, name: "Bench" });
  const { accessToken } = await post("/api/auth/login", ACCOUNT);
  return clientOf(url, { authorization: `Bearer ${accessToken}` }, id);
}

/** A client whose `headers` say who it is; `id` is its user. */
export function clientOf(url, headers, id) {
  const json = async (route) => {
    const response = await fetch(url + route, { headers });
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return response.json();
  };

  /** Uploads bytes as a file taken at `takenAt`; gives the asset's id. */
  async function upload(bytes, name, takenAt = new Date("2024-05-01T10:00:00Z")) {
    const form = new FormData();
    form.append("fileCreatedAt", takenAt.toISOString());
    form.append("fileModifiedAt", takenAt.toISOString());
    form.append("assetData", new Blob([bytes]), name);
    const response = await fetch(`${url}/api/assets`, { method: "POST", headers, body: form });
    if (response.status !== 201) throw new Error(`upload: ${response.status} ${await response.text()}`);
    return (await response.json()).id;
  }

  /** Sends JSON; gives the answer's, if it has one. */
  async function send(method, route, body) {
    const withType = { ...headers, "content-type": "application/json" };
    const response = await fetch(url + route, { method, headers: withType, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  /** Makes `count` albums of `size` assets each, of `ids` in turn; gives their ids. */
  async function makeAlbums(ids, count, size) {
    const albums = [];
    for (let number = 0; number < count; number += 1) {
      const assetIds = Array.from({ length: Math.min(size, ids.length) }, (_, index) => ids[(number * size + index) % ids.length]);
      albums.push((await send("POST", "/api/albums", { albumName: `bench ${number}`, assetIds })).id);
    }
    return albums;
  }

  /** Waits until an asset has its thumbnail; gives the milliseconds that took. */
  async function thumbnailReady(asset, limit = 120_000) {
    const began = performance.now();
    while (performance.now() - began < limit) {
      const response = await fetch(`${url}/api/assets/${asset}/thumbnail`, { headers });
      await response.arrayBuffer();
      if (response.ok) return performance.now() - began;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error("the thumbnail did not come");
  }

  /** Deletes assets for good. */
  const remove = (ids) => send("DELETE", "/api/assets", { ids, force: true });

  return { id, headers, json, send, upload, makeAlbums, thumbnailReady, remove };
}

/** Bytes that differ from `photo` only behind its end, so that each copy is an asset of its own. */
export function variant(photo, number) {
  return Buffer.concat([photo, createHash("sha1").update(String(number)).digest()]);
}
