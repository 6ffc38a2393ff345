// How much a download may bring. A download that is larger fails, and leaves nothing at its destination.

/** Installers and archives fit; a wrong URL does not fill the disk. */
export const DOWNLOAD_BYTES_MAX = 1024 * 1024 * 1024;
/** Of a repository: above the largest common ones. */
export const DOWNLOAD_FILES_MAX = 200_000;
/** http to https, a login to a store, a mirror: more is a circle. */
export const REDIRECTS_MAX = 5;
/** A server that says nothing for so long will not. */
export const SILENCE_MS_MAX = 60_000;
