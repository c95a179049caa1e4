// What a browser sees of the charts of a page: a list of sentences, one for each fault.
(expected => {
    const faults = [];
    const say = sentence => faults.push(sentence);
    const light = colour => {
        const channels = colour.match(/[\d.]+/g).slice(0, 3).map(part => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
    };
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const page = document.body;
    const card = document.querySelector(".ground");
    const ground = light(page ? getComputedStyle(page).backgroundColor : getComputedStyle(card).fill);
    if (isDark ? ground > 0.1 : ground < 0.9) say(`the ground is not ${isDark ? "dark" : "light"}`);

    const judge = (svg, name) => {
        const box = svg.getBoundingClientRect();
        if (box.width < 200 || box.height < 80) say(`${name} has no size`);
        if (!svg.querySelector("title")?.textContent || !svg.querySelector("desc")?.textContent)
            say(`${name} has no title or description`);
        const scale = box.width / svg.viewBox.baseVal.width;
        const texts = [...svg.querySelectorAll("text")].map(text => [text, text.getBoundingClientRect()]);
        if (texts.length < 3) say(`${name} has no labels`);
        texts.forEach(([text, at], i) => {
            const words = `${name}: "${text.textContent}"`;
            if (at.left < box.left - 1 || at.right > box.right + 1 || at.top < box.top - 1 ||
                at.bottom > box.bottom + 1)
                say(`${words} lies outside`);
            for (const [other, there] of texts.slice(i + 1))
                if (at.left + 1 < there.right && there.left + 1 < at.right && at.top + 1 < there.bottom &&
                    there.top + 1 < at.bottom)
                    say(`${words} overlaps "${other.textContent}"`);
            const style = getComputedStyle(text);
            if (parseFloat(style.fontSize) * scale < 10) say(`${words} is too small`);
            const [less, more] = [ground, light(style.fill)].sort((a, b) => a - b);
            if ((more + 0.05) / (less + 0.05) < 4.5) say(`${words} is too pale`);
        });
    };
    if (page) {
        for (const name of expected) {
            const svg = document.getElementById(name)?.querySelector("svg");
            if (svg) judge(svg, name);
            else say(`${name} is missing`);
        }
        const root = document.documentElement;
        if (root.scrollWidth > innerWidth) say(`the page is wider than its window: ${root.scrollWidth}`);
    } else {
        judge(document.documentElement, document.documentElement.querySelector("title").textContent);
    }
    return faults;
})
