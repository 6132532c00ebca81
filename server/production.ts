/**
 * What serves a lab runs as production: Apollo and Express keep stack traces to themselves, and React and Next run the built
 * dashboard. Imported first of all, for packages read NODE_ENV when they load; set here and not in a script of package.json,
 * where `NODE_ENV=... node` means nothing to Windows. A NODE_ENV that is set already stays.
 */
// Next declares the variable read-only.
Object.assign(process.env, { NODE_ENV: process.env.NODE_ENV ?? "production" });
