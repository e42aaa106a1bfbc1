/** The version of the standard's API that is served, in the header `API-version`; not Bode's own. */
export const API_VERSION = '1.0.0'
