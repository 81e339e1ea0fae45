"""What `make site` does beyond MkDocs: pages from outside of docs/, schemas, and a page for each rule and hazard."""

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PROJECT_PAGES = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
SCHEMAS = "src/s3kms/schemas/"
_COMMENT = re.compile(r"\A<!--.*?-->\s*", re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages of docs/NAME/ below NAME.md wherever the navigation has that."""
    config.nav = [_with_pages(entry, Path(config.docs_dir)) for entry in config.nav or []]
    return config


def _with_pages(entry: Any, docs: Path) -> Any:
    if isinstance(entry, dict):
        return {title: [_with_pages(one, docs) for one in below] for title, below in entry.items()}
    pages = sorted(path.relative_to(docs).as_posix() for path in (docs / Path(entry).stem).glob("*.md"))
    return {Path(entry).stem.capitalize(): [entry, *pages]} if pages else entry


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what the repository has beside docs/: the pages of the project, and the schemas."""
    for name in PROJECT_PAGES:
        if (ROOT / name).exists():
            files.append(File.generated(config, name, content=(ROOT / name).read_text()))
    for schema in sorted((ROOT / SCHEMAS).glob("*.json")):
        files.append(File.generated(config, f"schemas/{schema.name}", content=schema.read_text()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links as they work from the site: what the repository alone has is named, and not linked."""
    del config
    name = page.file.src_uri
    folder = ROOT if name in PROJECT_PAGES else (ROOT / "docs" / name).parent
    up = "../" * name.count("/")

    def on_site(found: "re.Match[str]") -> str:
        text, path, anchor = found[1], found[2], found[3] or ""
        target = Path(folder, path).resolve()
        inside = target.relative_to(ROOT).as_posix()
        shown = inside.removeprefix("docs/").replace(SCHEMAS, "schemas/")
        if files.get_file_from_path(shown) is None:
            return f"{text} (`{inside}`)"
        return f"[{text}]({up}{shown}{anchor})"

    return _LINK.sub(on_site, _COMMENT.sub("", markdown))  # a heading that comes first is the title
