// What scripts/screenshots takes a picture of: one line a page.
//
// path    as in the browser; {no} is the reception number of the case that `of` finds
// of      a filter of /desk/cases: the first case it lists
// as      who looks; nobody = not logged in

export const pages = [
  { name: "login", path: "/login", as: "nobody" },
  { name: "today", path: "/desk/today", as: "agent" },
  { name: "cases", path: "/desk/cases", as: "agent" },
  { name: "case-awaiting-call", path: "/desk/cases/{no}", of: "state=awaiting_call", as: "agent" },
  { name: "case-confirmed", path: "/desk/cases/{no}", of: "state=confirmed", as: "agent" },
  { name: "case-completed", path: "/desk/cases/{no}", of: "state=completed", as: "agent" },
  { name: "revocation", path: "/desk/cases/{no}/revocation/new", of: "state=confirmed", as: "agent" },
  { name: "batches", path: "/desk/batches", as: "supervisor" },
  { name: "mails", path: "/desk/mails", as: "supervisor" },
  { name: "development-mail", path: "/dev/mail", as: "supervisor" },
];
