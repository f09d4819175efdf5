// Runs before the page is painted, so that nothing moves when the rest arrives.
document.documentElement.classList.add("js");
