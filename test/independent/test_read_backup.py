"""Tests of read_backup.py against test/fixtures, and against streams and archives made here that no fixture has.

Run with `/usr/bin/python3 -m unittest discover -s test/independent`. Follows securetar-format.md and
test/fixtures/README.md; the reader is run as the program it is, except for the key vectors.
"""

import gzip
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

import nacl.bindings as sodium

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent / "fixtures"
EXPECTED = json.loads((FIXTURES / "expected.json").read_text(encoding="utf-8"))
PASSWORD = EXPECTED["password"]
MIB = 1024 * 1024

sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import read_backup  # noqa: E402


def run_reader(*arguments, password=PASSWORD):
    environment = {**os.environ, "STRONGROOM_TEST_PASSWORD": password}
    return subprocess.run(
        ["/usr/bin/python3", str(HERE / "read_backup.py"), *map(str, arguments)],
        capture_output=True, text=True, env=environment, check=False)


def v3_stream(parts, password=PASSWORD, plaintext_bytes=None):
    """A bare v3 stream of (plaintext, tag) chunks, to make streams that no honest writer makes."""
    root_salt, validation_salt, derivation_salt = (os.urandom(16) for _ in range(3))
    root_key = read_backup.v3_root_key(password, root_salt)
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    stream_header = sodium.crypto_secretstream_xchacha20poly1305_init_push(
        state, read_backup.v3_subkey(root_key, derivation_salt))
    body = b"".join(
        sodium.crypto_secretstream_xchacha20poly1305_push(state, plaintext, None, tag) for plaintext, tag in parts)
    if plaintext_bytes is None:
        plaintext_bytes = sum(len(plaintext) for plaintext, _ in parts)
    return (b"SecureTar\x03" + bytes(6) + plaintext_bytes.to_bytes(8, "big") + bytes(8) + root_salt + validation_salt
            + read_backup.v3_subkey(root_key, validation_salt) + derivation_salt + stream_header + body)


def whole_v3(plaintext):
    pieces = [plaintext[start:start + MIB] for start in range(0, len(plaintext), MIB)] or [b""]
    return v3_stream([(piece, 3 if index == len(pieces) - 1 else 0) for index, piece in enumerate(pieces)])


def tar_of(files, tar_format=tarfile.PAX_FORMAT):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tar_format) as archive:
        for name, (data, pax) in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            entry.pax_headers = pax
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


METADATA = json.dumps({"slug": "0badcafe", "protected": False}).encode()


class Made(unittest.TestCase):
    """A folder for files made by a test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def made(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def backup(self, members):
        files = {"./backup.json": (METADATA, {})}
        for name, member in members.items():
            files[name] = member if isinstance(member, tuple) else (member, {"mtime": "1775191739.25"})
        return self.made("made.tar", tar_of(files))

    def assert_refused(self, run, reason):
        self.assertNotEqual(run.returncode, 0, "accepted")
        self.assertEqual(run.stdout, "")
        self.assertRegex(run.stderr, r"\Aread_backup: .+: .+: .+\n\Z")
        self.assertIn(reason, run.stderr)


class GoodFixtures(unittest.TestCase):
    def test_every_archive_is_as_expected(self):
        names = sorted(path.name for path in FIXTURES.glob("*.tar"))
        self.assertEqual(names, sorted(EXPECTED["archives"]))
        for name in names:
            expected = EXPECTED["archives"][name]
            with self.subTest(name):
                run = run_reader("--strict-gzip", FIXTURES / name)
                self.assertEqual(run.returncode, 0, run.stderr)
                backup = json.loads(run.stdout)
                self.assertEqual(backup["slug"], expected["slug"])
                self.assertEqual(bool(backup["protected"]), expected["protected"])
                self.assertEqual({member["format"] for member in backup["members"].values()}, {expected["format"]})
                self.assertEqual({member["compressed"] for member in backup["members"].values()},
                                 {expected["compressed"]})
                files = {key: member["files"] for key, member in backup["members"].items()}
                self.assertEqual(files, expected["parts"])

    def test_several_backups_give_a_line_each(self):
        run = run_reader(FIXTURES / "v2-compressed.tar", FIXTURES / "plain-compressed.tar")
        slugs = [json.loads(line)["slug"] for line in run.stdout.splitlines()]
        self.assertEqual(slugs, ["ada1ff7f", "5d135ed9"])

    def test_outer_facts(self):
        backup = json.loads(run_reader(FIXTURES / "v1-snapshot-json.tar").stdout)
        self.assertEqual(backup["metadata_name"], "./snapshot.json")
        self.assertEqual(backup["order"][:2], ["./snapshot.json", "./homeassistant.tar.gz"])
        self.assertEqual(backup["outer"]["./homeassistant.tar.gz"]["mtime"], "1795220821.330042")
        self.assertEqual(backup["outer"]["./homeassistant.tar.gz"]["size"], 10320)
        self.assertEqual(backup["members"]["homeassistant"]["hard_links"],
                         {"./data/secrets.yaml": "./data/secrets-hardlink.yaml"})

    def test_streams(self):
        for name, expected in EXPECTED["streams"].items():
            with self.subTest(name):
                run = run_reader("--stream", FIXTURES / name)
                self.assertEqual(run.returncode, 0, run.stderr)
                stream = json.loads(run.stdout)
                self.assertEqual(stream["plaintext_bytes"], expected["plaintext_size"])
                self.assertEqual(stream["plaintext_sha256"], expected["plaintext_sha256"])

    def test_key_vectors(self):
        for vector in EXPECTED["key_vectors"]["legacy"]:
            key = read_backup.legacy_key(vector["password"])
            self.assertEqual(key.hex(), vector["key"])
            self.assertEqual(read_backup.legacy_iv(key, bytes.fromhex(vector["salt"])).hex(), vector["iv"])
        for vector in EXPECTED["key_vectors"]["v3"]:
            root_key = read_backup.v3_root_key(vector["password"], bytes.fromhex(vector["root_salt"]))
            self.assertEqual(root_key.hex(), vector["root_key"])
            for kind in ("validation", "stream"):
                salt = bytes.fromhex(vector["validation_salt" if kind == "validation" else "derivation_salt"])
                self.assertEqual(read_backup.v3_subkey(root_key, salt).hex(), vector[f"{kind}_key"])


class Shapes(Made):
    def test_readable_shapes(self):
        for name in ("core-container-v3", "flag-says-plain-but-encrypted", "flag-says-protected-but-plain",
                     "metadata-only", "mixed-supervisor-still-encrypted", "registry-password-in-metadata"):
            with self.subTest(name):
                run = run_reader("--strict-gzip", FIXTURES / "shapes" / f"{name}.tar")
                self.assertEqual(run.returncode, 0, run.stderr)

    def test_repairable_shapes_are_not_good_as_they_are(self):
        self.assert_refused(run_reader(FIXTURES / "shapes" / "stale-pax-size.tar"), "no tar header")
        self.assert_refused(run_reader(FIXTURES / "shapes" / "two-keys.tar"), "share.tar.gz: wrong password")

    def test_cut_gzip_ends_only_when_allowed(self):
        whole = EXPECTED["archives"]["v2-compressed.tar"]["parts"]
        for name in ("ha-decrypted-short-tail.tar", "v3-from-short-tail.tar"):
            with self.subTest(name):
                path = FIXTURES / "shapes" / name
                self.assert_refused(run_reader(path), "gzip stream ends early")
                self.assert_refused(run_reader("--allow-cut-gzip", "--strict-gzip", path), "Compressed file ended")
                run = run_reader("--allow-cut-gzip", path)
                self.assertEqual(run.returncode, 0, run.stderr)
                members = json.loads(run.stdout)["members"]
                self.assertIn("cut", {member["gzip_end"] for member in members.values()})
                self.assertEqual({key: member["files"] for key, member in members.items()}, whole)


class BadFixtures(Made):
    REASONS = {
        "v3-bit-flip-first-chunk.tar": "chunk 1 of 1 does not authenticate",
        "v3-bit-flip-last-chunk.tar": "chunk 3 of 3 does not authenticate",
        "v3-chunks-swapped.tar": "chunk 1 of 3 does not authenticate",
        "v3-magic-damaged.tar": "it is not v1",
        "v3-version-4.tar": "unsupported SecureTar version 4",
        "v3-version-0.tar": "unsupported SecureTar version 0",
        "v3-reserved-nonzero.tar": "reserved bytes",
        "v3-size-field-lies.tar": "the header's plaintext size",
        "v3-validation-key-damaged.tar": "the validation key differs",
        "v2-bit-flip.tar": "",
        "v2-size-field-lies.tar": "stored plaintext size",
        "v1-bit-flip.tar": "",
        "outer-truncated.tar": "outer archive",
        "outer-no-end-blocks.tar": "end-of-archive marker is missing",
        "outer-garbage-header.tar": "outer archive",
        "empty.tar": "empty",
        "html-instead-of-tar.tar": "outer archive",
        "meta-not-json.tar": "not JSON",
        "meta-wrong-types.tar": "slug",
        "meta-missing.tar": "no backup.json",
    }
    HOSTILE_BUT_SOUND = {"evil-bomb.tar", "evil-hardlink.tar", "evil-symlink.tar", "evil-traversal.tar"}

    def test_every_bad_fixture_has_its_test(self):
        present = {path.name for path in (FIXTURES / "bad").iterdir()}
        self.assertEqual(present, set(self.REASONS) | self.HOSTILE_BUT_SOUND)
        self.assertEqual(present, set(EXPECTED["bad"]))

    def test_refused(self):
        for name, reason in self.REASONS.items():
            with self.subTest(name):
                run = run_reader(FIXTURES / "bad" / name)
                self.assert_refused(run, reason)
                if name.startswith("v"):
                    self.assertIn(EXPECTED["bad"][name]["member"], run.stderr)

    def test_missing_end_can_be_allowed(self):
        run = run_reader("--allow-missing-end", FIXTURES / "bad" / "outer-no-end-blocks.tar")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assert_refused(run_reader("--allow-missing-end", FIXTURES / "bad" / "outer-truncated.tar"), "outer archive")

    def test_hostile_archives_are_only_listed(self):
        for name in self.HOSTILE_BUT_SOUND:
            with self.subTest(name):
                self.assertEqual(run_reader(FIXTURES / "bad" / name).returncode, 0)
        files = json.loads(run_reader(FIXTURES / "bad" / "evil-hardlink.tar").stdout)["members"]["homeassistant"]["files"]
        self.assertIn("hardlink", {entry["type"] for entry in files.values()})

    def test_a_bomb_needs_little_memory(self):
        reader = ("import resource, sys; sys.path.insert(0, sys.argv[1]); sys.dont_write_bytecode = True; import read_backup; "
                  "code = read_backup.main(sys.argv[2:]); "
                  "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss); sys.exit(code)")
        environment = {**os.environ, "STRONGROOM_TEST_PASSWORD": PASSWORD}
        run = subprocess.run(["/usr/bin/python3", "-c", reader, str(HERE), str(FIXTURES / "bad" / "evil-bomb.tar")],
                             capture_output=True, text=True, env=environment, check=True)
        self.assertLess(int(run.stdout.splitlines()[-1]), 128 * 1024)


class Passwords(Made):
    def test_wrong_password(self):
        for name, expected in EXPECTED["archives"].items():
            with self.subTest(name):
                run = run_reader(FIXTURES / name, password="not the password")
                if expected["protected"]:
                    self.assert_refused(run, "wrong password")
                else:
                    self.assertEqual(run.returncode, 0, run.stderr)

    def test_no_password(self):
        self.assert_refused(run_reader(FIXTURES / "v3-compressed.tar", password=""), "no password was given")

    def test_password_file(self):
        path = self.made("password", PASSWORD.encode() + b"\n")
        run = run_reader("--password-file", path, FIXTURES / "v3-compressed.tar", password="wrong")
        self.assertEqual(run.returncode, 0, run.stderr)


class MadeStreams(Made):
    def test_good(self):
        run = run_reader("--stream", self.made("s", whole_v3(b"x" * (MIB + 5))))
        self.assertEqual(json.loads(run.stdout)["plaintext_bytes"], MIB + 5)

    def test_refused(self):
        full = b"x" * MIB
        good = whole_v3(b"hello")
        bad = {
            "no FINAL": v3_stream([(full, 0), (b"y", 0)]),
            "FINAL early": v3_stream([(full, 3), (b"y", 3)]),
            "PUSH in the middle": v3_stream([(full, 1), (b"y", 3)]),
            "REKEY in the middle": v3_stream([(full, 2), (b"y", 3)]),
            "short chunk": v3_stream([(b"y", 0), (full, 3)]),
            "empty last chunk": v3_stream([(full, 0), (b"", 3)]),
            "byte left over": good + b"\0",
            "byte missing": good[:-1],
            "only half a header": good[:100],
            "no magic": b"x" + good,
            "huge size": good[:16] + b"\xff" * 8 + good[24:],
        }
        for name, stream in bad.items():
            with self.subTest(name):
                self.assert_refused(run_reader("--stream", self.made("s", stream)), "")

    def test_reserved_bytes_after_the_size_are_ignored(self):
        good = whole_v3(b"hello")
        run = run_reader("--stream", self.made("s", good[:24] + b"\xff" * 8 + good[32:]))
        self.assertEqual(run.returncode, 0, run.stderr)


class MadeBackups(Made):
    def setUp(self):
        super().setUp()
        self.tar = tar_of({"./a": (os.urandom(3000), {})})
        self.gz = gzip.compress(self.tar)

    def test_names_and_an_empty_member(self):
        run = run_reader(self.backup({"./a.tar.gz": self.gz, ".b.tgz": self.gz, "c.tar": self.tar, "d.tar": b""}))
        self.assertEqual(run.returncode, 0, run.stderr)
        members = json.loads(run.stdout)["members"]
        self.assertEqual(list(members), ["a", "b", "c", "d"])
        self.assertEqual(members["d"]["files"], {})
        self.assertEqual(members["c"]["compressed"], False)

    def test_plain_damage(self):
        bad = {
            "CRC": self.gz[:-8] + bytes([self.gz[-8] ^ 1]) + self.gz[-7:],
            "left over": self.gz + b"\0",
            "a second gzip member": self.gz + self.gz,
            "no trailer": self.gz[:-8],
            "half": self.gz[:len(self.gz) // 2],
            "tar without end": self.tar[:4096],
            "tar with garbage at its end": self.tar[:-1] + b"x",
            "gzip of a tar with garbage": gzip.compress(self.tar + b"x" * 512),
            "gzip of no tar": gzip.compress(b"x" * 2000),
        }
        for name, member in bad.items():
            with self.subTest(name):
                self.assert_refused(run_reader(self.backup({"a.tar.gz": member})), "a.tar.gz: ")

    def test_a_cut_must_be_the_one_that_home_assistant_makes(self):
        def gzip_with(end_mod_16):
            # The comment field's length moves the gzip's end to the wanted place.
            for filler in range(16):
                moved = self.gz[:3] + b"\x10" + self.gz[4:10] + b"c" * filler + b"\0" + self.gz[10:]
                if len(moved) % 16 == end_mod_16:
                    return moved
            raise AssertionError

        for missing_bytes in (1, 8, 9, 15):
            with self.subTest(missing_bytes):
                path = self.backup({"a.tar.gz": gzip_with(missing_bytes)[:-missing_bytes]})
                run = run_reader("--allow-cut-gzip", path)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual(json.loads(run.stdout)["members"]["a"]["gzip_end"], "cut")
                self.assertEqual(list(json.loads(run.stdout)["members"]["a"]["files"]), ["./a"])
        path = self.backup({"a.tar.gz": gzip_with(2)[:-1]})
        self.assert_refused(run_reader("--allow-cut-gzip", path), "ends early")
        half = self.gz[:len(self.gz) // 32 * 16]
        self.assert_refused(run_reader("--allow-cut-gzip", self.backup({"a.tar.gz": half})), "is not complete")

    def test_pax_size_over_a_zero_ustar_field(self):
        backup = tar_of({"a.tar.gz": (self.gz, {"size": str(len(self.gz))}), "./backup.json": (METADATA, {})})
        header_offset = backup.index(b"a.tar.gz\0")
        header = bytearray(backup[header_offset:header_offset + 512])
        header[124:136] = b"00000000000\0"
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        path = self.made("made.tar", backup[:header_offset] + bytes(header) + backup[header_offset + 512:])
        run = run_reader(path)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(json.loads(run.stdout)["outer"]["a.tar.gz"]["size"], len(self.gz))

    def test_cut_between_two_members(self):
        whole = tar_of({"./backup.json": (METADATA, {}), "a.tar.gz": (self.gz, {}), "b.tar.gz": (self.gz, {})})
        path = self.made("made.tar", whole[:whole.index(b"b.tar.gz\0")])
        self.assert_refused(run_reader(path), "end-of-archive marker is missing")

    def test_v2_size_field(self):
        whole = (FIXTURES / "v2-compressed.tar").read_bytes()
        at = whole.index(b"SecureTar\x02") + 16
        stored = int.from_bytes(whole[at:at + 8], "big")
        for change, good in ((-16, False), (-1, False), (16, False), (0, True)):
            with self.subTest(change):
                path = self.made("made.tar", whole[:at] + (stored + change).to_bytes(8, "big") + whole[at + 8:])
                run = run_reader(path)
                if good:
                    self.assertEqual(run.returncode, 0, run.stderr)
                else:
                    self.assert_refused(run, "stored plaintext size")

    def test_v1_is_not_assumed_where_the_metadata_is_newer(self):
        with tarfile.open(FIXTURES / "v1-compressed.tar") as archive:
            member = archive.extractfile("./share.tar.gz").read()
        for version, good in (("2024.11.4", True), ("2026.03.2", False)):
            with self.subTest(version):
                metadata = json.dumps({"slug": "0badcafe", "supervisor_version": version}).encode()
                path = self.made("made.tar", tar_of({"backup.json": (metadata, {}), "share.tar.gz": (member, {})}))
                run = run_reader(path)
                if good:
                    self.assertEqual(run.returncode, 0, run.stderr)
                else:
                    self.assert_refused(run, "it is not v1")


if __name__ == "__main__":
    unittest.main()
