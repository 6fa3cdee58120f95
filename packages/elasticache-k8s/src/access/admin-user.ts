/** The user that this package's own connections are; no customer can have the name, see it changed, or lock it out. */
export const adminUser = "fakecloud-admin";
