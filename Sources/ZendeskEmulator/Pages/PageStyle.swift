/// The one style sheet. Every pair of text and ground has a contrast of at least 4.5 to 1 in both schemes, and targets
/// are 44 pixels high.
enum PageStyle {
    static let sheet = """
        :root { color-scheme: light dark; --ground: #f4f6f6; --card: #ffffff; --text: #1d2b2b; --quiet: #4a5b5b;
        --line: #6f8383; --strong: #03363d; --on-strong: #ffffff; --note: #fff3d1; --note-text: #4d3800;
        --alert: #fde8e8; --alert-text: #7a1010; }
        @media (prefers-color-scheme: dark) { :root { --ground: #101818; --card: #1a2525; --text: #e8f0f0;
        --quiet: #b3c4c4; --line: #6f8383; --strong: #8fe0c8; --on-strong: #06231c; --note: #3d3210;
        --note-text: #ffe9ad; --alert: #4a1717; --alert-text: #ffd4d4; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--text); line-height: 1.5;
        font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-size: 1rem; }
        header { padding: 1rem; text-align: center; }
        .place { margin: 0; font-weight: 700; font-size: 1.1rem; }
        main { max-width: 32rem; margin: 0 auto 2rem; padding: 1.25rem; background: var(--card);
        border: 1px solid var(--line); border-radius: 0.75rem; overflow-wrap: anywhere; }
        @media (max-width: 34rem) { main { margin: 0 0.5rem 1rem; padding: 1rem; } }
        h1 { font-size: 1.4rem; line-height: 1.25; margin: 1rem 0 0.75rem; }
        h2 { font-size: 1.05rem; margin: 1.5rem 0 0.5rem; }
        .notice { margin: 0; padding: 0.75rem; border-radius: 0.5rem; background: var(--note);
        color: var(--note-text); }
        .alert { padding: 0.75rem; border-radius: 0.5rem; background: var(--alert); color: var(--alert-text); }
        label { display: block; margin-top: 0.75rem; font-weight: 600; }
        input[type=email], input[type=password] { width: 100%; min-height: 44px; padding: 0.5rem 0.75rem; font: inherit;
        color: var(--text); background: var(--card); border: 1px solid var(--line); border-radius: 0.4rem; }
        .hint, .quiet { color: var(--quiet); margin: 0.25rem 0 0; }
        button { min-height: 44px; padding: 0.5rem 1.25rem; font: inherit; font-weight: 600; border-radius: 0.4rem;
        border: 2px solid var(--strong); background: var(--card); color: var(--strong); cursor: pointer; }
        button.primary { background: var(--strong); color: var(--on-strong); }
        :focus-visible { outline: 3px solid var(--strong); outline-offset: 2px; }
        .choices { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1.25rem; }
        ul.people { list-style: none; padding: 0; margin: 0; }
        ul.people li { padding: 0.6rem 0; border-top: 1px solid var(--line); display: flex; flex-wrap: wrap;
        gap: 0.5rem; align-items: center; justify-content: space-between; }
        """
}
