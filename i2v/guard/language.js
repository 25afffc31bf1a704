(() => {
  const spoken = (tag) => (/^zh/i.test(tag) ? "zh-CN" : /^en/i.test(tag) ? "en" : null);
  const chosen = /(?:^|; )i2v_lang=([^;]*)/.exec(document.cookie);
  const wishes = [chosen ? chosen[1] : "", navigator.language, ...(navigator.languages || [])];
  const language = wishes.map(spoken).find(Boolean) || "en";
  Object.defineProperty(navigator, "language", { get: () => language, configurable: true });
  document.documentElement.lang = language;
})();
