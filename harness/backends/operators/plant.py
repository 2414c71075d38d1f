#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""plant.py --out FOLDER FILE...: copies of C++ files with a small fault at every operator, and the table of them.

FOLDER gets a copy of each FILE in which each place that can be mistaken has a number, and asks whether that number is the one that is wrong now
(planted.h): one compilation holds all mutants. `a <= b` becomes `::gmc::operators::le<17>(a, b)`, a statement `if (::gmc::operators::is<18>()) {}
else` and itself. FOLDER/table.inc lists them, and how many places were left alone and why. Lines stay where they are.

This is no parser of C++. It reads what clang-format leaves: binary operators have blanks on both sides, template brackets, pointers and references
do not. What it cannot be sure of stays as it is. Names are FILE-FUNCTION-KIND-DIGEST, the digest being of what is wrong, so that they stay when
something else changes.
"""
import argparse
import bisect
import collections
import dataclasses
import hashlib
import os
import re
import sys

NAMESPACE = "::gmc::operators"
FOLDER_OF_SOURCES = "harness/backends/mapped/"
FOLDER_OF_COPIES = "harness/backends/operators/planted/"

TOKEN = re.compile(
    r'(?P<blank>\s+|//[^\n]*|/\*.*?\*/)|(?P<hash>#(?:[^\n\\]|\\.)*)|(?P<string>"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')'
    r"|(?P<number>\d(?:[\w.']|[eEpP][+-])*)|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<mark><=>|<<=|>>=|\.\.\.|->\*|::|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|/=|%=|&=|\|=|\^=|[-+*/%&|^!~<>=?:;,.(){}\[\]#])",
    re.DOTALL)

PRECEDENCE = {"||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, "<=": 7, ">": 7, ">=": 7, "<<": 8, ">>": 8, "+": 9, "-": 9,
              "*": 10, "/": 10, "%": 10}
# operator: (function of planted.h, what stands there when it is wrong)
BINARY = {"<": ("lt", "<="), "<=": ("le", "<"), ">": ("gt", ">="), ">=": ("ge", ">"), "+": ("plus", "-"), "-": ("minus", "+"), "*": ("times", "+"),
          "/": ("over", "*"), "==": ("eq", "!="), "!=": ("ne", "=="), "<<": ("shl", ">>"), ">>": ("shr", "<<")}
# The same of what may not look at its second operand: each becomes a function.
LAZY = {"&&": ("both", "||"), "||": ("either", "&&")}
# Of two arguments.
FUNCTIONS = {"min": "max", "max": "min"}
ASSIGNING = {"+=": ("plus_to", "-="), "-=": ("minus_from", "+=")}
CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
# What ends an operand to the left and to the right.
ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
BOUNDARIES = {",", ";", "?", ":", "return", "case", "throw", "else", *ASSIGNMENTS}
# What no statement begins with that only calls or assigns.
KEYWORDS = {"const", "auto", "return", "break", "continue", "goto", "throw", "using", "static", "constexpr", "struct", "class", "union", "enum",
            "typedef", "static_assert", "delete", "co_return", "co_await", "co_yield", "asm", "extern", "volatile", "unsigned", "int", "bool",
            "char", "double", "void"}
# By value, so that one stands for the other where an argument is taken for its neighbour.
SCALARS = {"std::uint8_t", "std::uint32_t", "std::uint64_t", "std::size_t", "unsigned", "int", "bool", "T"}


class Fault(Exception):
    """A file that is not understood."""


@dataclasses.dataclass
class Token:
    text: str
    kind: str
    start: int
    end: int
    before: bool = False  # a blank stands there
    after: bool = False


@dataclasses.dataclass
class Site:
    kind: str
    function: str
    start: int
    end: int
    opener: str  # with NUMBER in the place of its number
    closer: str
    replaced: tuple = ()  # (start, end, text)
    what: str = ""
    number: int = 0
    name: str = ""


def tokens_of(name, text):
    tokens, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise Fault(f"{name}:{text.count(chr(10), 0, at) + 1}: unknown text {text[at:at + 10]!r}")
        at = match.end()
        if match.lastgroup == "blank":
            if tokens:
                tokens[-1].after = True
            continue
        token = Token(match.group(), match.lastgroup, match.start(), match.end())
        token.before = match.start() > 0 and text[match.start() - 1].isspace()
        if token.kind != "hash":
            tokens.append(token)
    return tokens


class File:
    """One source file: its tokens, its brackets, and the places in its functions."""

    def __init__(self, name, text, signatures=None):
        self.name, self.text = name, text
        self.tokens = tokens_of(name, text)
        self.match, self.around = {}, {}
        self.sites, self.skipped = [], collections.Counter()
        self.statements = set()  # where one begins
        self.left_out = []  # intervals of tokens in which nothing is planted, with the reason
        self.signatures = signatures
        self.declared = collections.defaultdict(list)  # function: the types of its parameters, for each definition
        self.pair()
        self.scope(0, len(self.tokens))

    # ---------------------------------------------------------------------------------------------------------------------- brackets

    def pair(self):
        stack, i = [], 0
        while i < len(self.tokens):
            token = self.tokens[i]
            text = token.text
            if text == ">>" and stack and self.tokens[stack[-1]].text == "<":
                middle = token.start + 1
                self.tokens[i:i + 1] = [Token(">", "mark", token.start, middle, token.before, False), Token(">", "mark", middle, token.end, False, token.after)]
                token, text = self.tokens[i], ">"
            is_angle = text == "<" and i > 0 and ((not token.before and self.tokens[i - 1].kind == "word") or self.tokens[i - 1].text == "template")
            self.around[i] = stack[-1] if stack else None
            if text in "([{" and token.kind == "mark" or is_angle:
                stack.append(i)
            elif stack and text == CLOSING[self.tokens[stack[-1]].text]:
                self.match[stack[-1]], self.match[i] = i, stack[-1]
                self.around[i] = self.around[stack.pop()]
            elif text in (")", "]", "}"):
                raise Fault(f"{self.name}:{self.line(i)}: '{text}' closes nothing")
            i += 1
        if stack:
            raise Fault(f"{self.name}:{self.line(stack[-1])}: a bracket is not closed")

    def line(self, i):
        return self.text.count("\n", 0, self.tokens[i].start) + 1

    def is_at(self, i, text):
        return i < len(self.tokens) and self.tokens[i].text == text

    def over(self, i):
        """The token behind the one at i, or behind its bracket."""
        return self.match[i] + 1 if i in self.match and self.match[i] > i else i + 1

    def find(self, i, end, *texts):
        """The first of these from i on, outside of brackets; end where there is none."""
        while i < end and self.tokens[i].text not in texts:
            i = self.over(i)
        return min(i, end)

    # ------------------------------------------------------------------------------------------------------------------ declarations

    def scope(self, i, end):
        """The declarations of a file, a namespace or a class."""
        while i < end:
            i = self.declaration(i, end)

    def declaration(self, i, end):
        begin = i
        if self.is_at(i, "template"):
            i = self.over(i + 1)
        while self.is_at(i, "["):
            i = self.over(i)
        first = self.tokens[i].text if i < end else ""
        if first in ("public", "private", "protected", ";", "}"):
            return i + (2 if self.is_at(i + 1, ":") else 1)
        stop = self.find(i, end, "{", ";", "=")
        if first in ("namespace", "class", "struct", "union") and self.is_at(stop, "{"):
            self.scope(stop + 1, self.match[stop])
            return self.over(stop) if first == "namespace" else self.find(stop, end, ";") + 1
        parameters = self.find(i, stop, "(")
        if parameters == stop or not self.is_at(stop, "{") or first in ("enum", "using", "static_assert"):
            return self.find(stop, end, ";") + 1
        name = self.tokens[parameters - 1].text
        if name == "operator":  # of calls
            parameters = self.over(parameters)
        name = name if self.tokens[parameters - 1].kind == "word" else "operator"
        if self.is_at(parameters - 2, "~"):
            name = "destructor"
        self.declared[name].append(self.types(parameters))
        # From the parameters on there are initialisers of members in front of the body.
        start = self.over(parameters)
        initialisers = self.find(start, stop, ":")
        self.block(stop + 1, self.match[stop])
        if self.signatures is not None:
            self.places(name, initialisers, self.match[stop])
        assert stop > begin
        return self.over(stop)

    def types(self, parameters):
        """The types of the parameters in a pair of brackets."""
        types, i, end = [], parameters + 1, self.match[parameters]
        while i < end:
            comma = self.find(i, end, ",")
            last = comma - 1 if self.tokens[comma - 1].kind == "word" and comma - i > 1 and not self.is_at(comma - 2, "::") else comma
            types.append("".join(token.text for token in self.tokens[i:last]))
            i = comma + 1
        return tuple(types)

    # -------------------------------------------------------------------------------------------------------------------- statements

    def block(self, i, end):
        while i < end:
            i = self.statement(i, end)

    def statement(self, i, end):
        self.statements.add(i)
        text = self.tokens[i].text
        if text == "{":
            self.block(i + 1, self.match[i])
            return self.over(i)
        if text in ("if", "for", "while", "switch"):
            return self.compound(i, end)
        if text == "do":
            rest = self.statement(i + 1, end)
            return self.find(rest, end, ";") + 1
        if text in ("else", "try"):
            return i + 1
        if text == "catch":
            return self.over(i + 1)
        if text in ("case", "default"):
            colon = self.find(i, end, ":")
            self.left_out.append((i, colon, "in labels"))
            return colon + 1
        if text == "[" and self.is_at(i + 1, "["):
            return self.over(i)
        if text == ";":
            return i + 1
        stop = self.find(i, end, ";")
        if text in ("struct", "class", "union", "enum", "using", "static_assert", "typedef", "constexpr", "static"):
            self.left_out.append((i, stop, "in declarations and constants"))
            return stop + 1
        self.lambdas(i, stop)
        if text not in KEYWORDS and not self.declares(i, stop):
            self.note("drop", i, stop, f"if ({NAMESPACE}::is<NUMBER>()) {{}} else ", "", (), f"`{self.words(i, stop)};` is left out")
        return stop + 1

    def compound(self, i, end):
        is_constant = self.is_at(i + 1, "constexpr")
        condition = i + 2 if is_constant else i + 1
        behind = self.over(condition)
        if is_constant:
            self.left_out.append((condition, behind, "in constant expressions"))
        self.lambdas(condition + 1, behind - 1)
        while self.is_at(behind, "["):
            behind = self.over(behind)
        rest = self.statement(behind, end)
        while self.is_at(rest, "else"):
            rest = self.statement(rest + 1, end)
        return rest

    def lambdas(self, i, end):
        """The bodies of functions without a name in an expression."""
        while i < end:
            if self.is_at(i, "{"):
                body, before = i, i - 1
                if self.is_at(before, ")"):
                    before = self.match[before] - 1
                if self.is_at(before, "]") and not self.is_indexed(self.match[before]):
                    self.block(body + 1, self.match[body])
                    i = self.match[body]
            i += 1

    def is_indexed(self, i):
        """Whether a square bracket is behind something that has elements."""
        return i > 0 and (self.tokens[i - 1].kind == "word" and self.tokens[i - 1].text != "return" or self.tokens[i - 1].text in (")", "]"))

    def declares(self, i, end):
        """Whether a statement declares something: a type and a name stand beside each other."""
        while i < end and self.tokens[i].text not in ("(", "[", "{", ";", *ASSIGNMENTS):
            this = self.tokens[i]
            if this.kind == "word" and this.text != "template" and i + 1 < end:
                after = self.tokens[i + 1]
                if after.kind == "word" or (after.text in ("*", "&", "&&") and not after.before):
                    return True
                if after.text == "<" and i + 1 in self.match:
                    i = self.match[i + 1]
                    if i + 1 < end and (self.tokens[i + 1].kind == "word" or self.tokens[i + 1].text in ("*", "&")):
                        return True
            i += 1
        return False

    # ------------------------------------------------------------------------------------------------------------------- expressions

    def note(self, kind, first, end, opener, closer, replaced, what):
        """A place from token `first` up to the one in front of `end`."""
        self.sites.append(Site(kind, "", self.tokens[first].start, self.tokens[end - 1].end, opener, closer, replaced, f"{self.name}:{self.line(first)}: {what}"))

    def words(self, i, end):
        return " ".join(self.text[self.tokens[i].start:self.tokens[end - 1].end].split())

    def places(self, function, i, end):
        """Everything that can be mistaken in a function's initialisers and body."""
        is_out = {}
        for first, last, why in self.left_out:
            is_out.update(dict.fromkeys(range(first, last), why))
        self.left_out.clear()
        at = i
        while at < end:
            text = self.tokens[at].text
            if text == "<" and at in self.match or text == "[" and (self.is_at(at + 1, "[") or not self.is_indexed(at)):
                at = self.over(at)  # template arguments, attributes and captures
                continue
            wanted = self.wanted(at)
            if wanted and at in is_out:
                self.skipped[is_out[at]] += 1
            elif wanted:
                wanted(at)
            at += 1
        self.swaps(i, end, is_out)
        for site in self.sites:
            site.function = site.function or function

    def wanted(self, at):
        token = self.tokens[at]
        text, is_between = token.text, token.before and token.after
        if token.text == "1" and (self.is_term(at - 1) or self.is_term(at + 1)):
            return self.constant
        if is_between and (text in BINARY or text in LAZY):
            return self.binary
        if text == "!" and not token.after:
            return self.inverse
        if text in FUNCTIONS and self.is_at(at - 1, "::") and self.is_at(at - 2, "std"):
            return self.function
        if is_between and text in ASSIGNING:
            return self.assigning
        return None

    def operand_before(self, at, precedence):
        i = at
        while i > 0 and i not in self.statements:
            before = i - 1
            token = self.tokens[before]
            if before in self.match and self.match[before] < before:
                i = self.match[before]
                continue
            if token.text in BOUNDARIES or token.text in ("(", "[", "{"):
                break
            if token.before and token.after and PRECEDENCE.get(token.text, 99) < precedence:
                break
            i = before
        return i

    def operand_behind(self, at, precedence):
        i = at + 1
        while i < len(self.tokens):
            token = self.tokens[i]
            if token.text in BOUNDARIES or token.text in (")", "]", "}"):
                break
            if token.before and token.after and PRECEDENCE.get(token.text, 99) <= precedence:
                break
            i = self.over(i)
        return i

    def is_block(self, i):
        """Whether a curly bracket holds statements."""
        return i > 0 and self.tokens[i - 1].text in (")", "else", "do", "{", "}", ";", ":", "]", "const", "noexcept", "mutable")

    def binary(self, at):
        text = self.tokens[at].text
        first, end = self.operand_before(at, PRECEDENCE[text]), self.operand_behind(at, PRECEDENCE[text])
        if first == at or end == at + 1:
            self.skipped["not understood"] += 1
            return
        token = self.tokens[at]
        opener, between, closer = "", ",", ""
        if text in LAZY:
            opener, between, closer = "[&] { return static_cast<bool>(", "); }, [&] { return static_cast<bool>(", "); }"
        function, wrong = (LAZY if text in LAZY else BINARY)[text]
        self.note(function, first, end, f"{NAMESPACE}::{function}<NUMBER>({opener}", f"{closer})", ((token.start, token.end, between),),
                  f"`{text}` is `{wrong}` in `{self.words(first, end)}`")

    def assigning(self, at):
        text = self.tokens[at].text
        first, end = self.operand_before(at, 0), self.operand_behind(at, 0)
        token = self.tokens[at]
        function, wrong = ASSIGNING[text]
        self.note(function, first, end, f"{NAMESPACE}::{function}<NUMBER>(", ")", ((token.start, token.end, ","),),
                  f"`{text}` is `{wrong}` in `{self.words(first, end)}`")

    def inverse(self, at):
        """A `!` that is forgotten."""
        end = at + 1
        while self.tokens[end].text in ("!", "*"):
            end += 1
        end = self.over(end)
        while self.tokens[end].text in ("(", "[", ".", "->", "::") or self.tokens[end].text == "<" and end in self.match:
            end = self.over(end) if end in self.match else end + 2
        token = self.tokens[at]
        self.note("not", at, end, f"{NAMESPACE}::inverse<NUMBER>(", ")", ((token.start, token.end, ""),), f"`!` is left out in `{self.words(at, end)}`")

    def function(self, at):
        """One of two arguments where the other is meant."""
        text, behind = self.tokens[at].text, at + 1
        has_type = behind in self.match and self.is_at(behind, "<")
        call = self.over(behind) if has_type else behind
        if not self.is_at(call, "(") or len(self.arguments(call)) != 2:
            self.skipped["not understood"] += 1
            return
        end = self.tokens[behind].end if has_type else self.tokens[at].end
        name = f"{NAMESPACE}::{text}<NUMBER" + (", " if has_type else ">")
        first = self.tokens[at - 2].start
        self.note(text, at - 2, self.over(call), name, "", ((first, end, ""),),
                  f"`{text}` is `{FUNCTIONS[text]}` in `{self.words(at - 2, self.over(call))}`")

    def is_term(self, at):
        return 0 <= at < len(self.tokens) and self.tokens[at].text in ("+", "-") and self.tokens[at].before and self.tokens[at].after

    def constant(self, at):
        """One that is added or subtracted: off by one is to forget it."""
        first = at - 1 if self.is_term(at - 1) else at
        self.note("one", at, at + 1, f"{NAMESPACE}::one<NUMBER>(", ")", (), f"1 is 0 in `{self.around_of(first)}`")

    def around_of(self, at):
        """The expression that a token is in, up to its brackets."""
        return self.words(self.operand_before(at, 0), self.operand_behind(at, 0))

    def swaps(self, i, end, is_out):
        """Neighbouring arguments of one type that are plain: each stands where the other should."""
        starts = sorted(site.start for site in self.sites)
        for at in range(i, end):
            if not self.is_at(at, "(") or at in is_out or self.tokens[at - 1].kind not in ("word", "mark"):
                continue
            callee = self.callee(at)
            arguments = self.arguments(at)
            definitions = [types for types in self.signatures.get(callee, ()) if len(types) == len(arguments)]
            if not definitions:
                continue
            for k in range(len(arguments) - 1):
                is_one_type = all(types[k] == types[k + 1] and types[k] in SCALARS for types in definitions)
                if not is_one_type:
                    continue
                a, b = arguments[k], arguments[k + 1]
                if not all(self.is_plain(*argument, starts) for argument in (a, b)) or self.words(*a) == self.words(*b):
                    self.skipped["arguments that are no plain names"] += 1
                    continue
                self.swap(at, a, b, callee)

    def callee(self, at):
        i = at - 1
        if self.is_at(i, ">") and i in self.match:
            i = self.match[i] - 1
        return self.tokens[i].text if self.tokens[i].kind == "word" else ""

    def arguments(self, at):
        found, i, end = [], at + 1, self.match[at]
        while i < end:
            comma = self.find(i, end, ",")
            found.append((i, comma))
            i = comma + 1
        return found

    def is_plain(self, first, end, starts):
        start, stop = self.tokens[first].start, self.tokens[end - 1].end
        has_site = bisect.bisect_left(starts, stop) > bisect.bisect_left(starts, start)
        return not has_site and all(token.kind == "word" or token.text in (".", "->", "::", "*", "(", ")") for token in self.tokens[first:end])

    def swap(self, at, a, b, callee):
        # One number for both: the second place carries no name of its own.
        (a_first, a_end), (b_first, b_end) = a, b
        condition = f"({NAMESPACE}::is<NUMBER>() ? "
        self.note("swap", a_first, a_end, f"{condition}{self.words(*b)} : ", ")", (), f"`{self.words(*a)}` and `{self.words(*b)}` change places in `{callee}(...)`")
        second = Site("", "", self.tokens[b_first].start, self.tokens[b_end - 1].end, f"{condition}{self.words(*a)} : ", ")")
        self.sites.append(second)


def numbered(files):
    """Gives every site its number and its name."""
    number = 0
    taken = set()
    for file in files:
        ordinals = collections.Counter()
        # A swap's second half follows its first, whose number it has.
        halves = {}
        for index, site in enumerate(file.sites):
            if site.kind == "":
                halves[id(file.sites[index - 1])] = site
        for site in sorted((site for site in file.sites if site.kind), key=lambda site: (site.start, site.end)):
            number += 1
            site.number = number
            digest = hashlib.sha256(site.what.split(": ", 1)[1].encode()).hexdigest()[:4]
            site.name = f"{os.path.splitext(file.name)[0]}-{site.function}-{site.kind}-{digest}"
            ordinals[site.name] += 1
            if ordinals[site.name] > 1:
                site.name += f"-{ordinals[site.name]}"
            if site.name in taken:
                raise Fault(f"two places are called {site.name}")
            taken.add(site.name)
            if id(site) in halves:
                halves[id(site)].number = number
    return number


def planted(file):
    """The file's text with its sites."""
    text = file.text
    openers, closers, replaced = collections.defaultdict(list), collections.defaultdict(list), {}
    for sequence, site in enumerate(file.sites):
        fill = lambda words, number=site.number: words.replace("NUMBER", str(number))
        openers[site.start].append((-site.end, sequence, fill(site.opener)))
        closers[site.end].append((-site.start, -sequence, fill(site.closer)))
        for start, end, words in site.replaced:
            replaced[start] = (end, fill(words)) if start not in replaced else None
    out, at = [], 0
    for place in sorted({*openers, *closers, *replaced}):
        out.append(text[at:place] if at < place else "")
        at = max(at, place)
        out += [words for _, _, words in sorted(closers.get(place, ()))]
        out += [words for _, _, words in sorted(openers.get(place, ()))]
        if place in replaced:
            if replaced[place] is None:
                raise Fault(f"{file.name}: two operators are one at {text[place:place + 20]!r}")
            at, words = replaced[place]
            out.append(words)
    out.append(text[at:])
    return "".join(out)


def copied(text, names):
    """A text for a namespace and a folder of its own."""
    for name in names:
        text = text.replace(f'#include "{FOLDER_OF_SOURCES}{name}"', f'#include "{FOLDER_OF_COPIES}{name}"')
    text = text.replace("GMCHECK_HARNESS_BACKENDS_MAPPED_", "GMCHECK_OPERATORS_")
    # What is written here is not held against warnings.
    return "#pragma GCC system_header\n#line 1\n" + text.replace("namespace gmc::mapped {", "namespace gmc::operators::mapped {\nusing namespace ::gmc::mapped;\n", 1)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(prog="plant.py", description="plants a fault at every operator of C++ files")
    parser.add_argument("--out", required=True, help="the folder that gets the copies and table.inc")
    parser.add_argument("--as-they-are", action="append", default=[], metavar="NAME", help="a file that is copied without faults")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    texts = {}
    for path in options.files:
        with open(path, encoding="utf-8") as file:
            texts[os.path.basename(path)] = file.read()
    try:
        signatures = collections.defaultdict(list)
        for name, text in texts.items():
            for function, types in File(name, text).declared.items():
                signatures[function] += types
        files = [File(name, text, signatures) for name, text in texts.items() if name not in options.as_they_are]
        count = numbered(files)
        os.makedirs(options.out, exist_ok=True)
        by_name = {file.name: planted(file) for file in files}
    except Fault as fault:
        print(f"plant.py: {fault}", file=sys.stderr)
        return 1
    for name, text in texts.items():
        write(os.path.join(options.out, name), copied(by_name.get(name, text), texts))
    sites = sorted((site for file in files for site in file.sites if site.kind), key=lambda site: site.number)
    skipped = sum((file.skipped for file in files), collections.Counter())
    rows = [f"GMC_OPERATOR({site.number}, {quoted(site.name)}, {quoted(site.what)})" for site in sites]
    rows += [f"GMC_LEFT_ALONE({number}, {quoted(why)})" for why, number in sorted(skipped.items())]
    write(os.path.join(options.out, "table.inc"), "\n".join(rows) + "\n")
    print(f"plant.py: {count} faults in {len(files)} files; left alone: " + ", ".join(f"{number} {why}" for why, number in sorted(skipped.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
