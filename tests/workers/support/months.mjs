// Made-up months of a timeline, for stories that look at more photos than they upload.

/** The smallest of all pictures. */
export const PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

/** In the browser: thumbnails are `pixel`. Asked for as usual, thousands of them would pass through this process one by one. */
export function withoutThumbnails(pixel) {
  const set = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    const isThumbnail = this instanceof HTMLImageElement && name === "src" && /^\/api\/assets\/[^/]+\/thumbnail\?/.test(value);
    set.call(this, name, isThumbnail ? pixel : value);
  };
}

/** Made-up photos of a month, as `GET /timeline/bucket` gives them. What is done with chosen ones is for their owner. */
export function columns(month, count, owner = "somebody") {
  const all = (value) => Array.from({ length: count }, (_, index) => (typeof value === "function" ? value(index) : value));
  return {
    id: all((index) => `${month}-${index}`),
    ...{ ratio: all(1.5), thumbhash: all("3OcRJYB4d3h/iIeHeEh3eIhw+j3A"), isImage: all(true), isFavorite: all(false) },
    ...{ duration: all(null), fileCreatedAt: all(`${month}T12:00:00.000Z`), ownerId: all(owner) },
  };
}
