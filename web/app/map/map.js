// The map with tiles, in a document of its own, because the policy of the page lets it ask nobody else (docs/web.md). It knows no photos: the
// page tells where circles are and hears which one was pressed (web/core/src/tiles.rs has the words of both).
import { Map as Tiles, Marker, NavigationControl, setWorkerUrl } from "./maplibre-gl.mjs";

setWorkerUrl(new URL("./maplibre-gl-worker.mjs", import.meta.url).href);

/** How long the map takes to come nearer, in milliseconds; no time for those who want nothing to move. */
const MOVE = 400;
/** Nearer than this tiles show nothing more. */
const NEAREST = 18;
/** Where the map of Mercator ends. */
const POLE = 85;

const isDark = matchMedia("(prefers-color-scheme: dark)");
const credits = document.getElementById("credits");
/** Whom the sources of the style want to be named, by their names. */
const sources = new Map();
let map;
let markers = [];

const say = (said) => window.parent.postMessage(JSON.stringify(said), location.origin);

/** A part of the world (edge_web_core::map::View), which counts to the south, as maplibre takes it. */
function bounds({ left, top, width, height }) {
  const within = (latitude) => Math.min(Math.max(latitude, -POLE), POLE);
  return [[left, within(-(top + height))], [left + width, within(-top)]];
}

/** Tells which part of the world is seen, and on how many pixels. */
function seen() {
  const around = map.getBounds();
  const { clientWidth, clientHeight } = map.getContainer();
  say({
    kind: "seen",
    left: around.getWest(),
    top: -around.getNorth(),
    width: around.getEast() - around.getWest(),
    height: around.getNorth() - around.getSouth(),
    columns: clientWidth,
    rows: clientHeight,
  });
}

/** What a source wants to be said of it is HTML of somebody else: its words are taken, and its links to pages with https. */
function plain(html) {
  const { body } = new DOMParser().parseFromString(String(html), "text/html");
  const walker = body.ownerDocument.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) {
    const { textContent, parentElement } = walker.currentNode;
    if (parentElement.closest("script, style")) continue;
    const link = parentElement.closest("a[href]");
    if (link?.protocol === "https:") {
      const own = document.createElement("a");
      Object.assign(own, { href: link.href, target: "_blank", rel: "noopener noreferrer", textContent });
      nodes.push(own);
    } else {
      nodes.push(textContent);
    }
  }
  return nodes;
}

/** Names whom a source wants to be named. */
function credit(name) {
  const said = map.getSource(name)?.attribution;
  if (!said) return;
  sources.set(name, said);
  credits.replaceChildren(...[...new Set(sources.values())].flatMap((html) => [...plain(html), " "]));
  credits.hidden = false;
}

const DEEDS = {
  /** Draws the map: `light` and `dark` are addresses of styles. */
  begin({ light, dark, language, words, view }) {
    if (map) return;
    document.documentElement.lang = language;
    document.title = words.map;
    const style = () => (isDark.matches ? dark : light);
    let [isRead, isShown] = [false, false];
    const fail = () => {
      if (!isRead) say({ kind: "failed" });
    };
    try {
      map = new Tiles({
        container: "map",
        style: style(),
        bounds: bounds(view),
        maxZoom: NEAREST + 2,
        // Flat and to the north: circles are made for that.
        maxPitch: 0,
        dragRotate: false,
        pitchWithRotate: false,
        touchPitch: false,
        renderWorldCopies: false,
        // It would be HTML of the style's.
        attributionControl: false,
        // No cookies, be it to this server: the style is somebody else's.
        transformRequest: (url) => ({ url, credentials: "omit" }),
        locale: { "Map.Title": words.map, "NavigationControl.ZoomIn": words.nearer, "NavigationControl.ZoomOut": words.farther },
      });
    } catch {
      // No WebGL.
      fail();
      return;
    }
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new NavigationControl({ showCompass: false }));
    // A style that cannot be read is told of here, tiles that do not come are not missed.
    map.on("error", fail);
    map.on("sourcedata", ({ sourceDataType, sourceId }) => {
      if (sourceDataType === "metadata") credit(sourceId);
    });
    map.on("style.load", () => {
      isRead = true;
      if (isShown) return;
      isShown = true;
      say({ kind: "shown" });
      seen();
      map.on("moveend", seen);
    });
    isDark.addEventListener("change", () => {
      isRead = false;
      sources.clear();
      credits.replaceChildren();
      credits.hidden = true;
      // As a whole, so that its sources say anew whom to name.
      map.setStyle(style(), { diff: false });
    });
  },

  /** Shows a part of the world. */
  show({ view }) {
    map?.fitBounds(bounds(view), { linear: true, duration: MOVE, maxZoom: NEAREST });
  },

  /** Draws circles in the place of those before; `round` tells them apart. */
  draw({ round, circles }) {
    if (!map) return;
    const before = markers.find((marker) => marker.getElement() === document.activeElement)?.getLngLat();
    for (const marker of markers) marker.remove();
    markers = circles.map(({ x, y, count, label }, index) => {
      const element = document.createElement("button");
      Object.assign(element, { type: "button", className: "circle", textContent: count, ariaLabel: label });
      element.addEventListener("click", () => say({ kind: "pressed", round, index }));
      return new Marker({ element }).setLngLat([x, y]).addTo(map);
    });
    if (before) focusNear(before);
  },
};

/** The keyboard stays with what it was on before circles were drawn anew. */
function focusNear(place) {
  const far = (marker) => Math.hypot(marker.getLngLat().lng - place.lng, marker.getLngLat().lat - place.lat);
  const [nearest] = [...markers].sort((one, other) => far(one) - far(other));
  (nearest?.getElement() ?? map.getCanvas()).focus({ preventScroll: true });
}

/** What is told, if it is the page's: extensions of browsers post messages, too. */
function read(data) {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

addEventListener("message", ({ data, origin, source }) => {
  if (origin !== location.origin || source !== window.parent || typeof data !== "string") return;
  const told = read(data);
  if (Object.hasOwn(DEEDS, told?.kind)) DEEDS[told.kind](told);
});
say({ kind: "ready" });
