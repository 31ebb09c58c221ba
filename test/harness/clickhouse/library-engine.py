"""A session on ClickHouse's engine in a library of chdb: library-engine.py LIBRARY DATA WORK FILES_MAX.

A line of standard input is a JSON string: the path of a file of statements. The line of standard output that answers
it is JSON: null, or the error, with which the session ends. Statements that answer rows must say INTO OUTFILE.

These libraries have no sessions: a call is a run of clickhouse-local, which loads all tables. But such a run takes any
number of files of statements, one after another, and opens each when it comes to it. So the files are two named pipes
in turn, and one run is a session of many statements. A pipe can be opened for writing only once the run has finished
what stood in the other. A statement that fails ends the run, and a second run in one process finds what the first left.
"""

import ctypes
import glob
import json
import os
import sys
import tempfile
import threading


class Result(ctypes.Structure):
    """struct local_result_v2 of chdb.h; the one of older libraries ends before the message."""

    _fields_ = [
        ("buffer", ctypes.c_void_p),
        ("length", ctypes.c_size_t),
        ("vector", ctypes.c_void_p),
        ("elapsed", ctypes.c_double),
        ("rows", ctypes.c_uint64),
        ("bytes", ctypes.c_uint64),
        ("message", ctypes.c_char_p),
    ]


class Library:
    def __init__(self, path, work_folder):
        library = ctypes.CDLL(path, mode=os.RTLD_NOW | os.RTLD_LOCAL)
        self.tells_errors = hasattr(library, "query_stable_v2")
        suffix = "_v2" if self.tells_errors else ""
        self.query = getattr(library, "query_stable" + suffix)
        self.query.restype = ctypes.POINTER(Result)
        self.query.argtypes = [ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)]
        self.free = getattr(library, "free_result" + suffix)
        self.free.restype = None
        self.free.argtypes = [ctypes.POINTER(Result)]
        self.errors = os.path.join(work_folder, "errors")

    def run(self, arguments):
        """The error that ended a run, or None."""
        words = [word.encode() for word in arguments]
        if not self.tells_errors:
            os.dup2(os.open(self.errors, os.O_RDWR | os.O_CREAT | os.O_TRUNC), 2)
        result = self.query(len(words), (ctypes.c_char_p * len(words))(*words))
        if not self.tells_errors:
            with open(self.errors, encoding="utf-8", errors="replace") as errors:
                text = errors.read()
            return text[text.index("Code:") :].strip() if "Code:" in text else None
        message = result.contents.message if result else None
        if result:
            self.free(result)
        return message.decode(errors="replace") if message else None


class Session:
    """`error` is set once a statement has failed."""

    def __init__(self, library, data_folder, work_folder, files_max):
        folder = tempfile.mkdtemp(dir=work_folder)
        self.pipes = [os.path.join(folder, name) for name in ("even", "odd")]
        for pipe in self.pipes:
            os.mkfifo(pipe)
        for kept in ("set_statements", "default_database"):
            # Some versions keep the settings of one run for the next, and then cannot read their DEFAULT.
            if os.path.exists(os.path.join(data_folder, kept)):
                os.unlink(os.path.join(data_folder, kept))
        self.statements = 0
        self.has_ended = False
        self.error = None
        arguments = ["clickhouse", "--multiquery", "--path", data_folder, "--queries-file"]
        arguments += self.pipes * (files_max // 2 + 1)
        threading.Thread(target=self.work, args=(library, arguments), daemon=True).start()
        self.next = open(self.pipes[0], "wb")

    def work(self, library, arguments):
        self.error = library.run(arguments)
        self.has_ended = True
        # Whoever waits to write the next statement would wait for ever.
        self.readers = [os.open(pipe, os.O_RDONLY | os.O_NONBLOCK) for pipe in self.pipes]

    def run(self, statements):
        """Runs statements to their end."""
        self.statements += 1
        with self.next as pipe:
            pipe.write(statements)
        self.next = open(self.pipes[self.statements % 2], "wb")


def main():
    library_folder, data_folder, work_folder, files_max = sys.argv[1:]
    # The engine prints, and an INSERT waits for data: requests and answers have their files for themselves.
    requests = os.fdopen(os.dup(0))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    library = Library(glob.glob(os.path.join(library_folder, "_chdb*.so"))[0], work_folder)
    session = Session(library, data_folder, work_folder, int(files_max))
    for line in requests:
        with open(json.loads(line), "rb") as file:
            session.run(file.read())
        answers.write(json.dumps(session.error) + "\n")
        answers.flush()
        if session.has_ended:
            break
    # An engine that runs would wait for its next statement.
    os._exit(0)


main()
