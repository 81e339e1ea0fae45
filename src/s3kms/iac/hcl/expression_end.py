"""Where an expression ends, found without parsing it."""

import re

IDENTIFIER = rb"[A-Za-z_\x80-\xff][\w\x80-\xff-]*+"
PLAIN_STRING = rb'"(?:[^"\\\n$%]|\\[^\n]|\$\$\{|%%\{|[$%](?!\{))*"'
"""A quoted string without interpolation."""

_CODE = re.compile(rb'[^"{}()\[\]\n#/<]+')
_PLAIN = re.compile(PLAIN_STRING)
_QUOTED = re.compile(rb'(?:[^"\\\n$%]++|\\[^\n]|\$\$\{|%%\{|[$%](?!\{))++')
_HEREDOC = re.compile(rb"<<-?(" + IDENTIFIER + rb")\r?\n")
_MARKS = re.compile(rb"\$\$\{|%%\{|[$%]\{|\n")
_OPENED = {
    b'"': "a quoted string",
    b"{": "a brace",
    b"(": "a bracket",
    b"[": "a bracket",
    b"${": "an interpolation",
}
_CLOSES = {b"{": b"}", b"(": b")", b"[": b"]", b"${": b"}"}


class _Skipper:
    """A position that advances through an expression. `inside` has what is open: brackets, `${`, quotes, and of
    heredocs the word that ends them, after a newline.
    """

    def __init__(self, data: bytes, position: int) -> None:
        self.data = data
        self.position = position
        self.inside: list[bytes] = []
        self.unclosed: str | None = None
        """What was opened and is not closed, in a sentence."""
        self.end = position

    def skip(self) -> None:
        """To the end of the expression."""
        while self.position < len(self.data):
            top = self.inside[-1] if self.inside else b""
            if top == b'"':
                self._quoted()
            elif top.startswith(b"\n"):
                self._heredoc(top[1:])
            elif not self._code(top):
                break
        if self.inside and self.unclosed is None:
            self.unclosed = _OPENED.get(self.inside[-1], "a heredoc")

    def _code(self, top: bytes) -> bool:
        """One step of code; False where the expression ends."""
        if run := _CODE.match(self.data, self.position):
            self.position = self.end = run.end()
        here = self.data[self.position : self.position + 1]
        if not here:
            return False
        if here in b"{([":
            self._open(here, 1)
        elif here in b"})]":
            if here != _CLOSES.get(top):
                return False
            self.inside.pop()
            self._take(1)
        elif here == b'"':
            text = _PLAIN.match(self.data, self.position)
            self._take(len(text[0])) if text else self._open(b'"', 1)
        elif here == b"\n":
            self.position += bool(top)
            return bool(top)
        else:
            return self._comment_or_heredoc(here, is_inside=bool(top))
        return True

    def _comment_or_heredoc(self, here: bytes, *, is_inside: bool) -> bool:
        two = self.data[self.position : self.position + 2]
        if here == b"#" or two == b"//":
            line_end = self.data.find(b"\n", self.position)
            self.position = len(self.data) if line_end < 0 else line_end
            return is_inside
        if two == b"/*":
            comment_end = self.data.find(b"*/", self.position + 2)
            self.position = len(self.data) if comment_end < 0 else comment_end + 2
        elif start := _HEREDOC.match(self.data, self.position):
            self._open(b"\n" + start[1], len(start[0]))
            self._at_line(start[1])
        else:
            self._take(1)
        return True

    def _quoted(self) -> None:
        if run := _QUOTED.match(self.data, self.position):
            self._take(len(run[0]))
        here = self.data[self.position : self.position + 1]
        if here in b"$%" and here:
            self._open(b"${", 2)
        elif here == b"\n":
            self.inside.pop()
            self.unclosed = self.unclosed or _OPENED[b'"']
        elif here == b'"':
            self.inside.pop()
            self._take(1)
        else:
            self._take(1)

    def _heredoc(self, word: bytes) -> None:
        mark = _MARKS.search(self.data, self.position)
        if not mark:
            self.position = self.end = len(self.data)
            return
        self.position = self.end = mark.end()
        if mark[0] == b"\n":
            self._at_line(word)
        elif mark[0] in (b"${", b"%{"):
            self.inside.append(b"${")

    def _at_line(self, word: bytes) -> None:
        """Ends the heredoc where this line is its last."""
        line_end = self.data.find(b"\n", self.position)
        line = self.data[self.position : line_end if line_end >= 0 else len(self.data)]
        if line.strip() == word:
            self.inside.pop()
            self._take(len(line.rstrip()))

    def _open(self, mark: bytes, length: int) -> None:
        self.inside.append(mark)
        self._take(length)

    def _take(self, length: int) -> None:
        self.position = self.end = min(self.position + length, len(self.data))


def find_expression_end(data: bytes, start: int) -> tuple[int, int, str | None]:
    """The end of the expression that starts at an offset, the offset of what follows it, and what it leaves unclosed.

    What follows is a newline, a bracket that the expression did not open, or the end of the file. What is unclosed is
    words for a sentence (`a brace`), or None.
    """
    skipper = _Skipper(data, start)
    skipper.skip()
    end = skipper.end
    while end > start and data[end - 1] in b" \t\r":
        end -= 1
    return end, skipper.position, skipper.unclosed
