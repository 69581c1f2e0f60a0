"""A baresip phone under test: its configuration, its control connection, and the audio it played and heard."""

import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import threading

import tones
from switch import Failed, wait_for

CONFIG = """\
poll_method epoll
sip_listen {address}:5060
net_interface {address}
call_max_calls {calls}
audio_source aufile,{folder}/voice.wav
audio_srate 8000
audio_channels 1
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
ausrc_format s16
auplay_format s16
rtp_ports {ports}
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
module_tmp uuid.so
ctrl_tcp_listen {address}:4444
snd_path {folder}/rec
"""
ACCOUNT = "<sip:{user}@{domain}>;{login}outbound=\"sip:{proxy};transport=udp\";answermode={answers};" \
          "audio_codecs=PCMA/8000/1,PCMU/8000/1;ptime=20\n"
VOICE_SECONDS = 60  # at the end of its file baresip falls silent, so no call may be longer


class Control(threading.Thread):
    """baresip's ctrl_tcp: netstrings of JSON, responses with our token, and events at any time."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.socket = socket.create_connection((address, 4444), timeout=5)
        self.socket.settimeout(None)
        self.responses = queue.Queue()
        self.events = []
        self.number = 0

    def run(self):
        pending = b""
        while True:
            try:
                received = self.socket.recv(65536)
            except OSError:
                return
            if not received:
                return
            pending += received
            pending = self._split(pending)

    def _split(self, pending):
        while b":" in pending:
            length, _, rest = pending.partition(b":")
            if len(rest) <= int(length):
                break
            message = json.loads(rest[:int(length)])
            if message.get("event"):
                self.events.append(message)
            else:
                self.responses.put(message)
            pending = rest[int(length) + 1:]
        return pending

    def ask(self, command, params=""):
        self.number += 1
        text = json.dumps({"command": command, "params": params, "token": str(self.number)})
        self.socket.sendall(f"{len(text)}:{text},".encode())
        while True:
            try:
                answer = self.responses.get(timeout=5)
            except queue.Empty:
                raise Failed(f"baresip does not answer {command!r}") from None
            if answer.get("token") == str(self.number):
                return answer

    def close(self):
        self.socket.close()


class Phone:
    """`says` is the tone (Hz) this phone plays in all its calls. `proxy` is where its calls go."""

    def __init__(self, folder, address, user, says, proxy, ports, domain, password=None, answers="auto", calls=2):
        self.folder = pathlib.Path(folder)
        self.address = address
        self.user = user
        self.says = says
        self.ports = range(*map(int, ports.split("-")))
        self.registers = password is not None
        self.process = None
        self.control = None
        self.taken = 0
        (self.folder / "rec").mkdir(parents=True)
        tones.write_wav(self.folder / "voice.wav", says, VOICE_SECONDS)
        login = f"auth_user={user};auth_pass={password};regint=60;" if password else "regint=0;"
        (self.folder / "config").write_text(CONFIG.format(
            address=address, folder=self.folder.resolve(), ports=ports, calls=calls))
        (self.folder / "accounts").write_text(ACCOUNT.format(
            user=user, domain=domain, login=login, proxy=proxy, answers=answers))
        (self.folder / "contacts").write_text("")

    def start(self):
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["baresip", "-f", str(self.folder), "-s"], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, env={**os.environ, "TERM": "dumb"})
        self.control = wait_for(f"{self.user}'s control port", self._connect, 10)
        self.control.start()

    def _connect(self):
        if self.process.poll() is not None:
            raise Failed(f"{self.user}: baresip ended with {self.process.returncode} at its start")
        try:
            return Control(self.address)
        except OSError:
            return None

    def registered(self):
        """Whether a REGISTER of this phone was answered by 200 (its log names the binding)."""
        return "[1 binding]" in self.log()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def tell(self, command, params=""):
        answer = self.control.ask(command, params)
        if not answer.get("ok"):
            raise Failed(f"{self.user}: baresip refuses {command} {params}: {answer.get('data')}")

    def begin(self):
        """Forgets the events and the audio of earlier calls."""
        self.control.events.clear()
        self.taken += 1
        keep = self.folder / f"heard-{self.taken}"
        keep.mkdir()
        for file in (self.folder / "rec").iterdir():
            file.rename(keep / file.name)

    def events(self, kind):
        return [event for event in list(self.control.events) if event["type"] == kind]

    def wait_event(self, kind, within=5, count=1):
        """The newest event of a kind, when there are at least `count` of them."""
        what = f"{self.user}: {kind}" + (f" for the {count}th time" if count > 1 else "")
        wait_for(what, lambda: len(self.events(kind)) >= count, within)
        return self.events(kind)[-1]

    def digits(self):
        return "".join(event["param"] for event in self.events("CALL_DTMF_START"))

    def recordings(self, direction="dec"):
        return sorted((self.folder / "rec").glob(f"dump-*-{direction}.wav"))

    def heard_seconds(self):
        """Audio received so far in this case, in all calls together."""
        return sum(tones.seconds(path) for path in self.recordings())

    def heard(self, since=0.0):
        """What it heard of the newest call, from `since` seconds of received audio on."""
        found = self.recordings()
        if not found:
            raise Failed(f"{self.user} heard nothing at all: no recording")
        return tones.read_wav(found[-1])[int(since * tones.RATE):]

    def stop(self):
        if self.control is not None:
            self.control.close()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
