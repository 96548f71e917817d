"""An emulated back end of pyusb: simulated printers plugged into a bus, for the driver's thread and the printer's loop.

The calls of `UsbBus` come from the driver's thread, all else from the loop; what both touch is guarded. Errors and
partial transfers are libusb's: a time-out with some bytes gone is a count, without any it is an error.
"""

from __future__ import annotations

import asyncio
import errno
import threading
import time
from array import array
from dataclasses import dataclass

from usb.backend import IBackend
from usb.core import USBError, USBTimeoutError

from hardware.sim.core import PrinterCore, SimPrinterSettings
from hardware.sim.wires import usb_descriptors as usb

_PACKET_BYTES = 64
_PRINTER_CLASS = 7
"""What the kernel's `usblp` takes."""
_GET_DESCRIPTOR = 6
_STRING = 3
_SOFT_RESET = (0x21, 2)


def _error(number: int, text: str) -> USBError:
    return USBError(text, None, number)


class UsbPrinter(PrinterCore):
    """A printer for a bus. Plugged in by `start`, in the running loop."""

    def __init__(
        self,
        bus: UsbBus,
        identity: usb.UsbIdentity | None = None,
        settings: SimPrinterSettings | None = None,
        *,
        fifo_bytes: int = _PACKET_BYTES,
    ) -> None:
        super().__init__(settings)
        self.identity = identity or usb.UsbIdentity()
        self._bus = bus
        self._fifo_bytes = fifo_bytes
        self._away = False

    def start(self) -> None:
        self._plug()

    def stop(self) -> None:
        self._away = True
        self.put_away()

    def plugged(self, unplugged: bool) -> None:
        if not unplugged:
            self._plug()

    def pulled(self, device: Plugged) -> None:
        """After a power cut, the printer comes back by itself, as another device."""
        self._bus.remove(device)
        if not self.unplugged and not self._away:
            self._plug()

    def halt(self) -> None:
        """Its endpoint for data stalls, until the host clears it."""
        for device in self._bus.enumerate_devices():
            if device.printer is self:
                device.halt()

    def _plug(self) -> None:
        self._bus.add(Plugged(self, self._bus.next_address(), self._fifo_bytes))


class Plugged:
    """A printer from plugging in to pulling out."""

    def __init__(self, printer: UsbPrinter, address: int, fifo_bytes: int) -> None:
        self.printer = printer
        self.address = address
        self.identity = printer.identity
        self.interfaces = usb.interfaces(printer.identity)
        self.configuration = 1 if printer.identity.configured else 0
        self.kernel_driver = printer.identity.has_kernel_driver and printer.identity.interface_class == _PRINTER_CLASS
        self.claimed_by: Handle | None = None
        self._fifo_bytes = fifo_bytes
        self._loop = asyncio.get_running_loop()
        self._guard = threading.Condition()
        self._out = bytearray()
        self._in = bytearray()
        self._gone = False
        self._halted = False
        self._held = False
        self._wire = printer.join(self)

    # --- the printer's side, in the loop ------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        with self._guard:
            self._in += data
            self._guard.notify_all()

    def hold(self, held: bool) -> None:
        self._held = held
        if not held:
            self._loop.call_soon(self._pump)

    def cut(self) -> None:
        with self._guard:
            if self._gone:
                return
            self._gone = True
            self._guard.notify_all()
        self._loop.call_soon(self._wire.leave)
        self.printer.pulled(self)

    def halt(self) -> None:
        with self._guard:
            self._halted = True
            self._guard.notify_all()

    def soft_reset(self) -> None:
        """Its buffers are empty, and what comes next is the start of a command."""
        self._wire.leave()
        self._wire = self.printer.join(self)
        self.printer.mechanism.clear_buffer()

    def _pump(self) -> None:
        while not self._held and not self._gone:
            with self._guard:
                packet = bytes(self._out[:_PACKET_BYTES])
                del self._out[:_PACKET_BYTES]
                self._guard.notify_all()
            if not packet:
                return
            self._wire.feed(packet)

    # --- the host's side, in the driver's thread ----------------------------------------------------------------

    def check(self) -> None:
        if self._gone:
            raise _error(errno.ENODEV, "No such device (it may have been disconnected)")

    def write(self, data: bytes, timeout_ms: int) -> int:
        deadline = time.monotonic() + timeout_ms / 1000
        taken = 0
        with self._guard:
            while taken < len(data):
                self.check()
                if self._halted:
                    raise _error(errno.EPIPE, "Pipe error")
                room = self._fifo_bytes - len(self._out)
                if room > 0:
                    part = data[taken : taken + room]
                    self._out += part
                    taken += len(part)
                    self._guard.notify_all()
                    self._loop.call_soon_threadsafe(self._pump)
                elif not self._guard.wait(max(deadline - time.monotonic(), 0)):
                    break
        if data and not taken:
            raise USBTimeoutError("Operation timed out", None, errno.ETIMEDOUT)
        return taken

    def read(self, length: int, timeout_ms: int) -> bytes:
        with self._guard:
            if not self._in and not self._gone:
                self._guard.wait_for(lambda: bool(self._in) or self._gone, timeout_ms / 1000)
            self.check()
            if not self._in:
                raise USBTimeoutError("Operation timed out", None, errno.ETIMEDOUT)
            data = bytes(self._in[:length])
            del self._in[:length]
        return data

    def wait_full(self, timeout_s: float) -> bool:
        """Until it takes no more, from a thread."""
        with self._guard:
            return self._guard.wait_for(lambda: len(self._out) >= self._fifo_bytes, timeout_s)

    def soft_reset_from_host(self) -> None:
        with self._guard:
            self._out.clear()
            self._in.clear()
        self._loop.call_soon_threadsafe(self.soft_reset)

    def clear_halt(self) -> None:
        with self._guard:
            self._halted = False


@dataclass(eq=False)
class Handle:
    """A program's hold on a device."""

    device: Plugged
    closed: bool = False


class UsbBus(IBackend):  # type: ignore[misc]  # pyusb ships no types
    """What pyusb calls a backend. Give it to the driver in place of libusb."""

    def __init__(self) -> None:
        self._devices: list[Plugged] = []
        self._addresses = 0
        self.calls: list[str] = []
        """What was done to interfaces and drivers, in order."""

    # --- the world's side ---------------------------------------------------------------------------------------

    def add(self, device: Plugged) -> None:
        self._devices.append(device)

    def remove(self, device: Plugged) -> None:
        self._devices.remove(device)

    def next_address(self) -> int:
        self._addresses += 1
        return self._addresses

    # --- pyusb's IBackend ---------------------------------------------------------------------------------------

    def enumerate_devices(self) -> list[Plugged]:
        return list(self._devices)

    def get_device_descriptor(self, dev: Plugged) -> usb.DeviceDescriptor:
        known = dev.identity
        return usb.DeviceDescriptor(known.vendor_id, known.product_id, 3 if known.serial_number else 0, dev.address)

    def get_configuration_descriptor(self, dev: Plugged, config: int) -> usb.ConfigurationDescriptor:
        if config:
            raise IndexError("one configuration only")
        return usb.ConfigurationDescriptor(len(dev.interfaces))

    def get_interface_descriptor(self, dev: Plugged, intf: int, alt: int, config: int) -> usb.InterfaceDescriptor:
        if alt or config:
            raise IndexError("one setting only")
        return dev.interfaces[intf]

    def get_endpoint_descriptor(
        self,
        dev: Plugged,
        ep: int,
        intf: int,
        alt: int,  # noqa: ARG002
        config: int,  # noqa: ARG002
    ) -> usb.EndpointDescriptor:
        return dev.interfaces[intf].endpoints[ep]

    def get_parent(self, dev: Plugged) -> None:  # noqa: ARG002
        return None

    def open_device(self, dev: Plugged) -> Handle:
        dev.check()
        if not dev.identity.may_open:
            raise _error(errno.EACCES, "Access denied (insufficient permissions)")
        return Handle(dev)

    def close_device(self, dev_handle: Handle) -> None:
        dev_handle.closed = True
        if dev_handle.device.claimed_by is dev_handle:
            dev_handle.device.claimed_by = None

    def get_configuration(self, dev_handle: Handle) -> int:
        dev_handle.device.check()
        return dev_handle.device.configuration

    def set_configuration(self, dev_handle: Handle, config_value: int) -> None:
        device = dev_handle.device
        device.check()
        if device.kernel_driver:
            raise _error(errno.EBUSY, "Resource busy")
        self.calls.append(f"configure {config_value}")
        device.configuration = config_value

    def claim_interface(self, dev_handle: Handle, intf: int) -> None:
        device = dev_handle.device
        device.check()
        if device.kernel_driver or device.claimed_by not in {None, dev_handle}:
            raise _error(errno.EBUSY, "Resource busy")
        self.calls.append(f"claim {intf}")
        device.claimed_by = dev_handle

    def release_interface(self, dev_handle: Handle, intf: int) -> None:
        dev_handle.device.check()
        self.calls.append(f"release {intf}")
        dev_handle.device.claimed_by = None

    def is_kernel_driver_active(self, dev_handle: Handle, intf: int) -> bool:
        dev_handle.device.check()
        return dev_handle.device.kernel_driver and intf == 1

    def detach_kernel_driver(self, dev_handle: Handle, intf: int) -> None:
        self.calls.append(f"detach {intf}")
        dev_handle.device.kernel_driver = False

    def attach_kernel_driver(self, dev_handle: Handle, intf: int) -> None:
        dev_handle.device.check()
        if dev_handle.device.claimed_by is not None:
            raise _error(errno.EBUSY, "Resource busy")
        self.calls.append(f"attach {intf}")
        dev_handle.device.kernel_driver = True

    def bulk_write(self, dev_handle: Handle, ep: int, intf: int, data: array[int], timeout: int) -> int:
        return self._claimed(dev_handle, ep, usb.OUT, intf).write(data.tobytes(), timeout)

    def bulk_read(self, dev_handle: Handle, ep: int, intf: int, buff: array[int], timeout: int) -> int:
        device = self._claimed(dev_handle, ep, usb.IN, intf)
        if len(buff) < _PACKET_BYTES:
            raise _error(errno.EOVERFLOW, "Overflow")
        data = device.read(len(buff), timeout)
        buff[: len(data)] = array("B", data)
        return len(data)

    def clear_halt(self, dev_handle: Handle, ep: int) -> None:
        self.calls.append(f"clear {ep}")
        dev_handle.device.clear_halt()

    def ctrl_transfer(
        self,
        dev_handle: Handle,
        bmRequestType: int,  # noqa: N803
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: array[int],
        timeout: int,  # noqa: ARG002
    ) -> int:
        dev_handle.device.check()
        if (bmRequestType, bRequest) == _SOFT_RESET:
            self.calls.append(f"soft reset {wIndex}")
            dev_handle.device.soft_reset_from_host()
            return 0
        if bRequest != _GET_DESCRIPTOR or wValue >> 8 != _STRING:
            raise _error(errno.EPIPE, "Pipe error")
        known = dev_handle.device.identity
        texts = {2: known.product, 3: known.serial_number}
        index = wValue & 0xFF
        answer = bytes((4, 3)) + usb.LANGUAGE.to_bytes(2, "little")
        if index:
            answer = usb.string_descriptor(texts[index])
        data[: len(answer)] = array("B", answer)
        return len(answer)

    def _claimed(self, handle: Handle, endpoint: int, wanted: int, interface: int) -> Plugged:
        handle.device.check()
        if handle.device.claimed_by is not handle or endpoint != wanted or interface != 1:
            raise _error(errno.EINVAL, "the interface was not claimed, or this is not its endpoint")
        return handle.device
