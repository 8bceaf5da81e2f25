// `tillsaga dev` prints a link with the key behind a #, which no browser sends to a server.
const key = decodeURIComponent(location.hash.slice(1));
if (key) {
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("key").value = key;
  document.getElementById("sign-in").submit();
}
