"""What a USB device says of itself, in the shape in which pyusb's back ends hand it over (USB 2.0, 9.6)."""

from __future__ import annotations

from dataclasses import dataclass, field

LANGUAGE = 0x0416
"""Portuguese (Brazil)."""


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """`serial_number` "" for none, as with cheap printers; `one_way` without a way back for answers."""

    vendor_id: int = 0x04B8
    product_id: int = 0x0E15
    serial_number: str = "SIM0001"
    product: str = "TM-T20"
    interface_class: int = 7
    one_way: bool = False
    has_kernel_driver: bool = True
    configured: bool = True
    may_open: bool = True
    """False as without a udev rule."""


@dataclass(frozen=True, slots=True)
class DeviceDescriptor:
    idVendor: int  # noqa: N815 - the standard's own names, here and below
    idProduct: int  # noqa: N815
    iSerialNumber: int  # noqa: N815
    address: int
    bLength: int = 18  # noqa: N815
    bDescriptorType: int = 1  # noqa: N815
    bcdUSB: int = 0x0200  # noqa: N815
    bDeviceClass: int = 0  # noqa: N815
    bDeviceSubClass: int = 0  # noqa: N815
    bDeviceProtocol: int = 0  # noqa: N815
    bMaxPacketSize0: int = 64  # noqa: N815
    bcdDevice: int = 0x0100  # noqa: N815
    iManufacturer: int = 0  # noqa: N815
    iProduct: int = 2  # noqa: N815
    bNumConfigurations: int = 1  # noqa: N815
    bus: int = 1
    port_number: int = 1
    port_numbers: tuple[int, ...] = (1,)
    speed: int = 3


@dataclass(frozen=True, slots=True)
class ConfigurationDescriptor:
    bNumInterfaces: int  # noqa: N815
    bLength: int = 9  # noqa: N815
    bDescriptorType: int = 2  # noqa: N815
    wTotalLength: int = 32  # noqa: N815
    bConfigurationValue: int = 1  # noqa: N815
    iConfiguration: int = 0  # noqa: N815
    bmAttributes: int = 0xC0  # noqa: N815
    bMaxPower: int = 1  # noqa: N815
    extra_descriptors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class EndpointDescriptor:
    bEndpointAddress: int  # noqa: N815
    bmAttributes: int = 2  # noqa: N815
    bLength: int = 7  # noqa: N815
    bDescriptorType: int = 5  # noqa: N815
    wMaxPacketSize: int = 64  # noqa: N815
    bInterval: int = 0  # noqa: N815
    bRefresh: int = 0  # noqa: N815
    bSynchAddress: int = 0  # noqa: N815
    extra_descriptors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class InterfaceDescriptor:
    bInterfaceNumber: int  # noqa: N815
    bInterfaceClass: int  # noqa: N815
    endpoints: tuple[EndpointDescriptor, ...] = field(default=())
    bAlternateSetting: int = 0  # noqa: N815
    bLength: int = 9  # noqa: N815
    bDescriptorType: int = 4  # noqa: N815
    bInterfaceSubClass: int = 1  # noqa: N815
    bInterfaceProtocol: int = 2  # noqa: N815
    iInterface: int = 0  # noqa: N815
    extra_descriptors: tuple[int, ...] = ()

    @property
    def bNumEndpoints(self) -> int:  # noqa: N802
        return len(self.endpoints)


OUT, IN, INTERRUPT_IN = 0x01, 0x82, 0x83


def interfaces(identity: UsbIdentity) -> tuple[InterfaceDescriptor, ...]:
    """A keypad first, as some printers have: whoever takes the first interface or the first endpoint is wrong."""
    keypad = InterfaceDescriptor(0, 3, (EndpointDescriptor(INTERRUPT_IN, bmAttributes=3),))
    ways = (OUT,) if identity.one_way else (IN, OUT)
    return keypad, InterfaceDescriptor(1, identity.interface_class, tuple(EndpointDescriptor(way) for way in ways))


def string_descriptor(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return bytes((2 + len(data), 3)) + data
