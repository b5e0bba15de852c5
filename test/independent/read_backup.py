#!/usr/bin/python3
"""Strongroom's independent second reader of Home Assistant backups.

Reads, decrypts and checks whole backups and prints what they hold, one JSON object per backup. It follows
the format page (securetar-format.md) and the facts about the outer archive (home-assistant.md) and shares no
code with core/: what both readers agree on is not an artefact of either. Needs Debian's python3 (3.11) with
python3-nacl and python3-cryptography, nothing else. README.md says how to run it by hand.

It is strict: every byte of a member must be accounted for, nothing is repaired, and the first failure ends
the run. Inner archives go through temporary files (TMPDIR), never whole through memory.
"""

import argparse
import gzip
import hashlib
import hmac
import json
import os
import re
import sys
import tarfile
import tempfile
import zlib

import nacl.bindings as sodium
import nacl.exceptions
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MIB = 1024 * 1024
BUFFER_BYTES = MIB
METADATA_MAX_BYTES = 16 * MIB

MAGIC = b"SecureTar"
ID_BYTES = 32
AES_BLOCK_BYTES = 16
V1_HEADER_BYTES = 16
V2_HEADER_BYTES = ID_BYTES + 16
V3_HEADER_BYTES = ID_BYTES + 104
V3_CHUNK_BYTES = MIB
V3_CHUNK_OVERHEAD_BYTES = 17
V3_PERSONAL = b"SecureTarv3".ljust(16, b"\0")
TAG_MESSAGE = 0
TAG_FINAL = 3

TAR_BLOCK_BYTES = 512
TAR_END_BYTES = 2 * TAR_BLOCK_BYTES
TAR_RECORD_BYTES = 10240
USTAR_OFFSET = 257
GZIP_START = b"\x1f\x8b\x08"
GZIP_TRAILER_BYTES = 8

METADATA_NAMES = ("backup.json", "snapshot.json")


class Refused(Exception):
    """The backup is not good; the text says why."""


# ---------------------------------------------------------------- reading


def read_exactly(file, count_bytes):
    data = file.read(count_bytes)
    if len(data) != count_bytes:
        raise Refused(f"ends early: wanted {count_bytes} bytes, got {len(data)}")
    return data


def chunks_of(file, total_bytes):
    """Yield exactly total_bytes from the file's position on, a buffer at a time."""
    while total_bytes > 0:
        chunk = read_exactly(file, min(BUFFER_BYTES, total_bytes))
        total_bytes -= len(chunk)
        yield chunk


def size_of(file):
    return file.seek(0, os.SEEK_END)


def head_of(file):
    file.seek(0)
    return file.read(TAR_BLOCK_BYTES)


def sha256_of(file):
    digest = hashlib.sha256()
    total_bytes = size_of(file)
    file.seek(0)
    for chunk in chunks_of(file, total_bytes):
        digest.update(chunk)
    return digest.hexdigest()


def is_gzip(head):
    return head.startswith(GZIP_START)


def is_tar(head):
    return head[USTAR_OFFSET:USTAR_OFFSET + 5] == b"ustar"


def open_tar(file):
    file.seek(0)
    return tarfile.open(fileobj=file, mode="r:", encoding="utf-8", errors="surrogateescape", errorlevel=2)


def check_tar_end(file, end_offset, missing_end_allowed=False):
    """tarfile stops silently at anything that is no header; only zeros to the last byte are a true end."""
    rest_bytes = size_of(file) - end_offset
    file.seek(end_offset)
    zeros_bytes = 0
    for chunk in chunks_of(file, max(rest_bytes, 0)):
        if chunk.count(0) != len(chunk):
            raise Refused(f"no tar header at offset {end_offset}, and not the end of the archive")
        zeros_bytes += len(chunk)
    if zeros_bytes < TAR_END_BYTES and not missing_end_allowed:
        raise Refused("the tar's end-of-archive marker is missing")


# ---------------------------------------------------------------- key derivation


def sha256_hundred_times(data):
    for _ in range(100):
        data = hashlib.sha256(data).digest()
    return data


def legacy_key(password):
    return sha256_hundred_times(password.encode("utf-8"))[:16]


def legacy_iv(key, salt):
    return sha256_hundred_times(key + salt)[:16]


_root_keys = {}


def v3_root_key(password, root_salt):
    # One Argon2id costs 0.2 s, and all members of a backup share the root salt.
    known = (password, root_salt)
    if known not in _root_keys:
        _root_keys[known] = sodium.crypto_pwhash_alg(
            32, password.encode("utf-8"), root_salt, 8, 16 * MIB, sodium.crypto_pwhash_ALG_ARGON2ID13)
    return _root_keys[known]


def v3_subkey(root_key, salt):
    """The validation key and the stream key differ only in their salt."""
    return sodium.crypto_generichash_blake2b_salt_personal(
        b"", digest_size=32, key=root_key, salt=salt, person=V3_PERSONAL)


# ---------------------------------------------------------------- SecureTar


def format_of(entry_head, entry_bytes, pax):
    """plain, v1, v1-pax, v2 or v3, from the bytes; never an older format for a header that is wrong."""
    if entry_head.startswith(MAGIC):
        if len(entry_head) < 16:
            raise Refused("ends inside the SecureTar header")
        version = entry_head[9]
        if version not in (2, 3):
            raise Refused(f"unsupported SecureTar version {version}")
        if any(entry_head[10:16]):
            raise Refused("reserved bytes of the SecureTar header are not zero")
        return f"v{version}"
    if entry_bytes == 0 or is_gzip(entry_head) or is_tar(entry_head):
        return "plain"
    declared = pax.get("_securetar.version")
    if declared is None:
        return "v1"
    if declared != "2.0":
        raise Refused(f"unsupported PAX _securetar.version {declared!r}")
    return "v1-pax"


def cbc_decrypt(password, salt, source, body_bytes, target):
    if body_bytes <= 0 or body_bytes % AES_BLOCK_BYTES:
        raise Refused(f"the AES-CBC body is {body_bytes} bytes, not a positive multiple of {AES_BLOCK_BYTES}")
    key = legacy_key(password)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(legacy_iv(key, salt))).decryptor()
    for chunk in chunks_of(source, body_bytes):
        target.write(decryptor.update(chunk))
    target.write(decryptor.finalize())


def strip_pkcs7(target, body_bytes):
    target.seek(body_bytes - AES_BLOCK_BYTES)
    last_block = read_exactly(target, AES_BLOCK_BYTES)
    padding_bytes = last_block[-1]
    if not 1 <= padding_bytes <= AES_BLOCK_BYTES or last_block[-padding_bytes:] != bytes([padding_bytes]) * padding_bytes:
        raise Refused("wrong password, or damaged: the padding is not PKCS#7")
    target.truncate(body_bytes - padding_bytes)
    return body_bytes - padding_bytes


def check_legacy_size_field(stored_bytes, plaintext_bytes):
    """The writers of 2025 rounded the size down to a whole block; the padding is the truth."""
    if stored_bytes not in (plaintext_bytes, plaintext_bytes - plaintext_bytes % AES_BLOCK_BYTES):
        raise Refused(f"the stored plaintext size {stored_bytes} disagrees with the true {plaintext_bytes}")


def decrypt_v1(source, entry_bytes, password, target):
    salt = read_exactly(source, V1_HEADER_BYTES)
    # What the v1 writer appended to its last writes is settled once the end of the deflate data is known.
    cbc_decrypt(password, salt, source, entry_bytes - V1_HEADER_BYTES, target)
    return {"salt": salt.hex()}


def decrypt_v1_pax(source, entry_bytes, password, target, pax):
    derivation = decrypt_v1(source, entry_bytes, password, target)
    plaintext_bytes = strip_pkcs7(target, entry_bytes - V1_HEADER_BYTES)
    stored = pax.get("_securetar.plaintext_size", "")
    if not re.fullmatch("[0-9]{1,19}", stored):
        raise Refused(f"PAX _securetar.plaintext_size is {stored!r}, not a number")
    check_legacy_size_field(int(stored), plaintext_bytes)
    return derivation


def decrypt_v2(source, entry_bytes, password, target):
    header = read_exactly(source, V2_HEADER_BYTES)
    stored_bytes = int.from_bytes(header[16:24], "big")
    salt = header[32:48]
    body_bytes = entry_bytes - V2_HEADER_BYTES
    # Without this early look a field that lies would be reported only after a wrong password.
    if not body_bytes - AES_BLOCK_BYTES <= stored_bytes < body_bytes:
        raise Refused(f"the stored plaintext size {stored_bytes} does not fit a body of {body_bytes} bytes")
    cbc_decrypt(password, salt, source, body_bytes, target)
    check_legacy_size_field(stored_bytes, strip_pkcs7(target, body_bytes))
    return {"salt": salt.hex()}


def decrypt_v3(source, entry_bytes, password, target):
    header = read_exactly(source, V3_HEADER_BYTES)
    plaintext_bytes = int.from_bytes(header[16:24], "big")
    root_salt, validation_salt = header[32:48], header[48:64]
    validation_key, derivation_salt, stream_header = header[64:96], header[96:112], header[112:136]

    chunk_count = max(1, -(-plaintext_bytes // V3_CHUNK_BYTES))
    wanted_bytes = V3_HEADER_BYTES + plaintext_bytes + V3_CHUNK_OVERHEAD_BYTES * chunk_count
    if entry_bytes != wanted_bytes:
        raise Refused(f"the header's plaintext size {plaintext_bytes} needs {wanted_bytes} bytes, there are {entry_bytes}")

    root_key = v3_root_key(password, root_salt)
    if not hmac.compare_digest(v3_subkey(root_key, validation_salt), validation_key):
        raise Refused("wrong password, or a damaged header: the validation key differs")

    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, stream_header, v3_subkey(root_key, derivation_salt))
    left_bytes = plaintext_bytes
    for index in range(chunk_count):
        chunk_bytes = min(V3_CHUNK_BYTES, left_bytes)
        encrypted = read_exactly(source, chunk_bytes + V3_CHUNK_OVERHEAD_BYTES)
        try:
            plaintext, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(state, encrypted)
        except nacl.exceptions.CryptoError:
            raise Refused(f"damaged: chunk {index + 1} of {chunk_count} does not authenticate") from None
        wanted_tag = TAG_FINAL if index == chunk_count - 1 else TAG_MESSAGE
        if tag != wanted_tag or len(plaintext) != chunk_bytes:
            raise Refused(f"chunk {index + 1} of {chunk_count} has tag {tag}, not {wanted_tag}")
        target.write(plaintext)
        left_bytes -= chunk_bytes
    return {
        "root_salt": root_salt.hex(),
        "validation_salt": validation_salt.hex(),
        "derivation_salt": derivation_salt.hex(),
        "stream_header": stream_header.hex(),
    }


def decrypt(form, source, entry_bytes, pax, password, target):
    """Write the entry's plaintext to target and return its derivation (None when plain)."""
    if form == "plain":
        for chunk in chunks_of(source, entry_bytes):
            target.write(chunk)
        return None
    if not password:
        raise Refused(f"encrypted ({form}), and no password was given")
    if form == "v1":
        return decrypt_v1(source, entry_bytes, password, target)
    if form == "v1-pax":
        return decrypt_v1_pax(source, entry_bytes, password, target, pax)
    if form == "v2":
        return decrypt_v2(source, entry_bytes, password, target)
    return decrypt_v3(source, entry_bytes, password, target)


# ---------------------------------------------------------------- gzip


def skip_gzip_header(file):
    file.seek(0)
    header = read_exactly(file, 10)
    flags = header[3]
    if not header.startswith(GZIP_START) or flags & 0xE0:
        raise Refused("the gzip header is damaged")
    if flags & 4:
        read_exactly(file, int.from_bytes(read_exactly(file, 2), "little"))
    for text_flag in (8, 16):
        if flags & text_flag:
            while read_exactly(file, 1) != b"\0":
                pass
    if flags & 2:
        header_bytes = file.tell()
        file.seek(0)
        wanted = (zlib.crc32(read_exactly(file, header_bytes)) & 0xFFFF).to_bytes(2, "little")
        if read_exactly(file, 2) != wanted:
            raise Refused("the CRC of the gzip header is wrong")


def inflate(plaintext, tar):
    """Inflate into tar; return (offset after the deflate data or None when it does not end, right trailer)."""
    skip_gzip_header(plaintext)
    inflater = zlib.decompressobj(-15)
    crc, length_bytes = 0, 0
    while not inflater.eof:
        pending = plaintext.read(BUFFER_BYTES)
        if not pending:
            break
        while True:
            inflated = inflater.decompress(pending, BUFFER_BYTES)
            tar.write(inflated)
            crc = zlib.crc32(inflated, crc)
            length_bytes += len(inflated)
            pending = inflater.unconsumed_tail
            # A full buffer may leave output inside zlib even when all input is taken.
            if inflater.eof or (not pending and len(inflated) < BUFFER_BYTES):
                break
    trailer = crc.to_bytes(4, "little") + (length_bytes & 0xFFFFFFFF).to_bytes(4, "little")
    deflate_end = plaintext.tell() - len(inflater.unused_data) if inflater.eof else None
    return deflate_end, trailer


def settle_v1_gzip_tail(plaintext, deflate_end, trailer):
    """Check the padding between the v1 writer's three last writes, and take it out."""
    if deflate_end is None:
        raise Refused("the deflate data does not end")
    padding_bytes = -deflate_end % AES_BLOCK_BYTES
    wanted = (bytes([padding_bytes]) * padding_bytes
              + trailer[:4] + b"\x0c" * 12
              + trailer[4:] + b"\x0c" * 12)
    plaintext.seek(deflate_end)
    if plaintext.read(len(wanted) + 1) != wanted:
        raise Refused("damaged: the v1 end of the gzip stream (padding, CRC, length) is wrong")
    plaintext.seek(deflate_end)
    plaintext.truncate()
    plaintext.write(trailer)


def check_gzip_trailer(plaintext, deflate_end, trailer, form, cut_allowed):
    """Return "complete", or "cut" for the end that Home Assistant's own decryption takes off."""
    total_bytes = size_of(plaintext)
    # Such a cut rounds the size down to a whole AES block, and only decrypted (and then re-encrypted) members have it.
    may_be_cut = cut_allowed and form in ("plain", "v3") and total_bytes % AES_BLOCK_BYTES == 0
    if deflate_end is None:
        if may_be_cut:
            return "cut"
        raise Refused("the gzip stream ends early, inside the deflate data")
    plaintext.seek(deflate_end)
    found = plaintext.read(GZIP_TRAILER_BYTES + 1)
    if found == trailer:
        return "complete"
    if len(found) > GZIP_TRAILER_BYTES and found.startswith(trailer):
        raise Refused(f"{total_bytes - deflate_end - GZIP_TRAILER_BYTES} bytes left over after the gzip stream")
    if len(found) < GZIP_TRAILER_BYTES:
        if may_be_cut and trailer.startswith(found):
            return "cut"
        raise Refused("the gzip stream ends early, inside its trailer")
    raise Refused("damaged: the gzip CRC or length is wrong")


def check_with_gzip_module(plaintext, tar):
    """Python's own gzip reader must accept the plaintext and give the same bytes."""
    plaintext.seek(0)
    digest = hashlib.sha256()
    with gzip.GzipFile(fileobj=plaintext, mode="rb") as reader:
        while chunk := reader.read(BUFFER_BYTES):
            digest.update(chunk)
    if digest.hexdigest() != sha256_of(tar):
        raise Refused("the gzip module reads other bytes")


# ---------------------------------------------------------------- the inner tar


def walk_tar(tar_file, cut):
    """Every entry of an inner tar as expected.json writes it, and the hard links as they were stored."""
    true_bytes = size_of(tar_file)
    if cut:
        # tarfile wants the closing zeros that are missing; true_bytes keeps them from completing a file.
        tar_file.write(bytes(TAR_END_BYTES + TAR_BLOCK_BYTES))
    files, hard_links, repeated = {}, {}, []
    with open_tar(tar_file) as archive:
        for entry in archive:
            data_end = entry.offset_data + (entry.size if entry.isreg() else 0)
            if data_end > true_bytes and not entry.sparse:
                raise Refused(f"{entry.name!r} is not complete")
            if cut and entry.sparse:
                raise Refused(f"{entry.name!r} is sparse in an archive whose end is missing")
            if entry.name in files:
                repeated.append(entry.name)
            if entry.isdir():
                # expected.json leaves the archive's root directory out.
                if entry.name in (".", ""):
                    continue
                files[entry.name] = {"type": "dir"}
            elif entry.issym():
                files[entry.name] = {"type": "symlink", "target": entry.linkname}
            elif entry.islnk():
                # expected.json gives a hard link the contents of the file that it names.
                linked = files.get(entry.linkname, {})
                hard_links[entry.name] = entry.linkname
                files[entry.name] = (dict(linked) if linked.get("type") == "file"
                                     else {"type": "hardlink", "target": entry.linkname})
            elif entry.isreg():
                digest = hashlib.sha256()
                reader = archive.extractfile(entry)
                for chunk in chunks_of(reader, entry.size):
                    digest.update(chunk)
                files[entry.name] = {"type": "file", "size": entry.size, "sha256": digest.hexdigest()}
            else:
                files[entry.name] = {"type": "other"}
        check_tar_end(tar_file, archive.offset, missing_end_allowed=cut)
    return files, hard_links, repeated


def read_inner(form, plaintext, strict_gzip, cut_allowed):
    """Check a member's plaintext (and, for v1, bring it to what was meant); return what is known about it."""
    head = head_of(plaintext)
    result = {"compressed": is_gzip(head), "gzip_end": None, "files": {}, "hard_links": {}, "repeated_names": []}
    if not head:
        return result
    if is_tar(head) and not is_gzip(head):
        if form == "v1" and size_of(plaintext) % TAR_RECORD_BYTES:
            raise Refused(f"an uncompressed v1 tar must be a multiple of {TAR_RECORD_BYTES} bytes")
        result["files"], result["hard_links"], result["repeated_names"] = walk_tar(plaintext, cut=False)
        return result
    if not is_gzip(head):
        raise Refused("wrong password, or damaged: the plaintext is neither gzip nor tar")

    with tempfile.TemporaryFile() as tar:
        deflate_end, trailer = inflate(plaintext, tar)
        if form == "v1":
            settle_v1_gzip_tail(plaintext, deflate_end, trailer)
        result["gzip_end"] = check_gzip_trailer(plaintext, deflate_end, trailer, form, cut_allowed)
        if strict_gzip:
            check_with_gzip_module(plaintext, tar)
        result["files"], result["hard_links"], result["repeated_names"] = walk_tar(
            tar, cut=result["gzip_end"] == "cut")
    return result


def read_member(source, entry, form, password, options):
    source.seek(entry.offset_data)
    with tempfile.TemporaryFile() as plaintext:
        derivation = decrypt(form, source, entry.size, entry.pax_headers, password, plaintext)
        inner = read_inner(form, plaintext, options.strict_gzip, options.allow_cut_gzip)
        return {
            "stored_name": entry.name,
            "format": form,
            "compressed": inner["compressed"],
            "encrypted_bytes": entry.size,
            "plaintext_bytes": size_of(plaintext),
            "plaintext_sha256": sha256_of(plaintext),
            "derivation": derivation,
            "gzip_end": inner["gzip_end"],
            "files": inner["files"],
            "hard_links": inner["hard_links"],
            "repeated_names": inner["repeated_names"],
        }


# ---------------------------------------------------------------- the backup


def bare_name(stored_name):
    """Members appear as x, ./x, and in very old backups with a leading dot."""
    name = stored_name[2:] if stored_name.startswith("./") else stored_name
    return name[1:] if name.startswith(".") else name


def member_key(stored_name):
    name = bare_name(stored_name)
    for suffix in (".tar.gz", ".tgz", ".tar"):
        if name.endswith(suffix):
            return name[:-len(suffix)]
    return name


def parse_metadata(data):
    try:
        metadata = json.loads(data.decode("utf-8"))
    except ValueError:
        raise Refused("the metadata is not JSON") from None
    if not isinstance(metadata, dict):
        raise Refused("the metadata is not a JSON object")
    if not isinstance(metadata.get("slug"), str) or not metadata["slug"]:
        raise Refused("the metadata's slug is not a string")
    # Old snapshots have a string in "protected".
    allowed_types = {"protected": (bool, str, type(None)), "name": (str,), "date": (str,),
                     "compressed": (bool,), "folders": (list,), "addons": (list,), "extra": (dict,)}
    for field, types in allowed_types.items():
        if field in metadata and not isinstance(metadata[field], types):
            raise Refused(f"the metadata's {field} has the wrong type")
    return metadata


def made_after_v1(metadata):
    """Whether the metadata's versions say that the writer no longer knew unmarked v1 (2025.1 has the PAX mark)."""
    home_assistant = metadata.get("homeassistant")
    core_version = home_assistant.get("version") if isinstance(home_assistant, dict) else None
    version = re.match(r"(20\d\d)\.(\d{1,2})(\.|$)", str(metadata.get("supervisor_version") or core_version or ""))
    return bool(version) and (int(version[1]), int(version[2])) >= (2025, 2)


def describe_outer(entry):
    return {
        "mode": entry.mode,
        "mtime": entry.pax_headers.get("mtime", str(int(entry.mtime))),
        "uid": entry.uid,
        "gid": entry.gid,
        "uname": entry.uname,
        "gname": entry.gname,
        "size": entry.size,
    }


def list_outer(source, missing_end_allowed):
    if not size_of(source):
        raise Refused("the file is empty")
    entries, names = [], set()
    with open_tar(source) as archive:
        for entry in archive:
            if entry.sparse or not (entry.isreg() or entry.isdir()):
                raise Refused(f"{entry.name!r} is neither a file nor a directory")
            if bare_name(entry.name) in names:
                raise Refused(f"{entry.name!r} is there twice")
            names.add(bare_name(entry.name))
            entries.append(entry)
        check_tar_end(source, archive.offset, missing_end_allowed)
    if not entries:
        raise Refused("the archive holds nothing")
    return entries


class Place:
    """Where reading stands, for the message."""

    name = "outer archive"


def read_backup(path, source, password, options, place):
    place.name = "outer archive"
    entries = list_outer(source, options.allow_missing_end)
    metadata_entries = [entry for entry in entries if bare_name(entry.name) in METADATA_NAMES and entry.isreg()]
    if len(metadata_entries) != 1:
        raise Refused("there is no backup.json" if not metadata_entries else "there is more than one metadata file")
    metadata_entry = metadata_entries[0]

    place.name = metadata_entry.name
    if metadata_entry.size > METADATA_MAX_BYTES:
        raise Refused(f"the metadata is over {METADATA_MAX_BYTES} bytes")
    source.seek(metadata_entry.offset_data)
    metadata = parse_metadata(read_exactly(source, metadata_entry.size))

    inner_entries = [entry for entry in entries if entry.isreg() and entry is not metadata_entry]
    formats = {}
    for entry in inner_entries:
        place.name = entry.name
        source.seek(entry.offset_data)
        head = read_exactly(source, min(entry.size, TAR_BLOCK_BYTES))
        formats[entry.name] = format_of(head, entry.size, entry.pax_headers)
    has_magic = bool({"v2", "v3"} & set(formats.values()))
    for entry in inner_entries:
        place.name = entry.name
        if formats[entry.name] == "v1" and (has_magic or made_after_v1(metadata)):
            raise Refused("damaged: no SecureTar magic in a backup of a v2 or v3 writer (it is not v1)")

    members = {}
    for entry in inner_entries:
        place.name = entry.name
        key = member_key(entry.name)
        if key in members:
            raise Refused(f"a second member called {key!r}")
        members[key] = read_member(source, entry, formats[entry.name], password, options)
    return {
        "path": path,
        "slug": metadata["slug"],
        "protected": metadata.get("protected"),
        "metadata": metadata,
        "metadata_name": metadata_entry.name,
        "order": [entry.name for entry in entries],
        "outer": {entry.name: describe_outer(entry) for entry in entries},
        "members": members,
    }


def read_stream(path, source, password, place):
    """A bare SecureTar stream: decrypted and checked, its plaintext not looked into."""
    place.name = "stream"
    total_bytes = size_of(source)
    form = format_of(head_of(source), total_bytes, {})
    if form not in ("v2", "v3"):
        raise Refused("no SecureTar magic")
    source.seek(0)
    with tempfile.TemporaryFile() as plaintext:
        derivation = decrypt(form, source, total_bytes, {}, password, plaintext)
        return {
            "path": path,
            "format": form,
            "encrypted_bytes": total_bytes,
            "plaintext_bytes": size_of(plaintext),
            "plaintext_sha256": sha256_of(plaintext),
            "derivation": derivation,
        }


def read_password(password_file):
    if password_file is None:
        return os.environ.get("STRONGROOM_TEST_PASSWORD", "")
    with open(password_file, encoding="utf-8", newline="") as file:
        return re.sub(r"\r?\n\Z", "", file.read())


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description="Read, decrypt and check Home Assistant backups; one JSON object each.")
    parser.add_argument("--password-file", help="UTF-8; one newline at the end does not count "
                                                "(otherwise the environment's STRONGROOM_TEST_PASSWORD)")
    parser.add_argument("--strict-gzip", action="store_true", help="Python's gzip module must read every member too")
    parser.add_argument("--allow-missing-end", action="store_true", help="accept an outer tar without its end marker")
    parser.add_argument("--allow-cut-gzip", action="store_true",
                        help="accept gzip ends cut by Home Assistant's own decryption (gzip_end: cut)")
    parser.add_argument("--stream", action="store_true", help="the files are bare v2/v3 SecureTar streams, not backups")
    parser.add_argument("backups", nargs="+", metavar="BACKUP.tar")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_arguments(arguments)
    password = read_password(options.password_file)
    for path in options.backups:
        place = Place()
        try:
            with open(path, "rb") as source:
                result = (read_stream(path, source, password, place) if options.stream
                          else read_backup(path, source, password, options, place))
        except (Refused, tarfile.TarError, zlib.error, OSError, EOFError, ValueError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            message = f"read_backup: {path}: {place.name}: {reason}"
            print(message.encode("utf-8", "backslashreplace").decode("utf-8"), file=sys.stderr)
            return 1
        print(json.dumps(result), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
