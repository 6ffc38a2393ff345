// How much a download may bring. A download that is larger fails, and leaves nothing at its destination.

/** Installers and archives fit; a wrong URL does not fill the disk. */
export const DOWNLOAD_BYTES_MAX = 1024 * 1024 * 1024;
/** Of a repository: above the largest common ones. */
export const DOWNLOAD_FILES_MAX = 200_000;
/** http to https, a login to a store, a mirror: more is a circle. */
export const REDIRECTS_MAX = 5;
/** Who cannot be reached for so long, or stops in the middle of a body, will not go on. */
export const SILENCE_MS_MAX = 60_000;
/** Who was asked may keep the node waiting: a fleet that installs a package stands in line at its server. */
export const ANSWER_MS_MAX = 30 * 60_000;
/** Of an archive: packages of large programs fit. */
export const ARCHIVE_ENTRIES_MAX = 50_000;
export const UNPACKED_BYTES_MAX = 4 * 1024 * 1024 * 1024;
/** Programs and texts shrink to a tenth at best; what grows more is made to fill a disk. Small archives may: they cannot. */
export const ARCHIVE_RATIO_MAX = 100;
export const ARCHIVE_RATIO_FREE_BYTES = 64 * 1024 * 1024;
