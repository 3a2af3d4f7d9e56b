//! Hardware that encodes, and what ffmpeg calls it.

use std::fmt;

use super::config::{Accel, Config};
use crate::child::Bounds;

/// Words of a command line.
pub fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|&word| word.to_owned()).collect()
}

/// An option and its value.
pub fn pair(name: &str, value: impl fmt::Display) -> [String; 2] {
    [name.to_owned(), value.to_string()]
}

/// Which hardware does what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// Whose.
    pub accel: Accel,
    decodes: bool,
}

impl fmt::Display for Device {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decodes = if self.decodes {
            ", which decodes, too"
        } else {
            ""
        };
        write!(out, "{:?}{decodes}", self.accel)
    }
}

impl Device {
    /// None.
    pub const SOFTWARE: Self = Self {
        accel: Accel::Disabled,
        decodes: false,
    };

    /// What is to be tried, one after the other: the hardware, the same without decoding, software.
    pub fn of(config: &Config) -> Vec<Self> {
        let accel = config.accel;
        let mut all = Vec::new();
        if accel != Accel::Disabled {
            if config.accel_decode {
                all.push(Self {
                    accel,
                    decodes: true,
                });
            }
            all.push(Self {
                accel,
                decodes: false,
            });
        }
        all.push(Self::SOFTWARE);
        all
    }

    /// What ffmpeg calls it, in front of the input.
    pub fn input(self, config: &Config) -> Vec<String> {
        let preferred = Some(config.preferred_hw_device.as_str());
        let device = preferred.filter(|name| !matches!(*name, "auto" | ""));
        let file = device.unwrap_or("/dev/dri/renderD128");
        let (kind, name) = match self.accel {
            Accel::Disabled => return Vec::new(),
            Accel::Nvenc => ("cuda", "cuda=hw".to_owned()),
            Accel::Qsv => ("qsv", format!("qsv=hw,child_device={file}")),
            Accel::Vaapi => ("vaapi", format!("vaapi=hw:{file}")),
            Accel::Rkmpp => ("rkmpp", "rkmpp=hw".to_owned()),
        };
        let mut words = words(&["-init_hw_device", &name, "-filter_hw_device", "hw"]);
        if self.decodes {
            // Frames come back to memory: the filters are the same for all.
            words.extend(self::words(&["-hwaccel", kind]));
        }
        words
    }

    /// What ffmpeg may have with it, of `most`. CUDA reserves addresses for all memory of the machine and of its cards, whatever it uses
    /// of them: what it uses counts.
    pub fn bounds(self, most: Bounds) -> Bounds {
        if self.accel != Accel::Nvenc {
            return most;
        }
        Bounds {
            memory: 0,
            data: most.memory,
            ..most
        }
    }

    /// What brings frames to the encoder.
    pub fn upload(self) -> Option<&'static str> {
        match self.accel {
            Accel::Disabled | Accel::Rkmpp => None,
            Accel::Nvenc => Some("format=nv12,hwupload_cuda"),
            Accel::Qsv => Some("format=nv12,hwupload=extra_hw_frames=64"),
            Accel::Vaapi => Some("format=nv12,hwupload"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::tests::config;
    use super::*;
    use serde_json::json;

    #[test]
    fn hardware_is_tried_first_and_software_last() {
        let devices = Device::of(&config(
            &json!({"accel": "vaapi", "preferredHwDevice": "/dev/dri/renderD129"}),
        ));
        assert_eq!(
            (devices.len(), devices.last()),
            (3, Some(&Device::SOFTWARE))
        );
        let without = Device::of(&config(&json!({"accel": "qsv", "accelDecode": false})));
        assert_eq!(without.len(), 2);
        assert_eq!(Device::of(&config(&json!({}))), [Device::SOFTWARE]);
    }

    #[test]
    fn cuda_has_as_many_addresses_as_it_likes_and_no_more_memory() {
        let most = Bounds {
            memory: 8 << 30,
            data: 0,
            processor: 60,
            file: 1,
        };
        let bounds = |accel: &str| -> Vec<Bounds> {
            let devices = Device::of(&config(&json!({ "accel": accel })));
            let bounds = devices.into_iter().map(|device| device.bounds(most));
            bounds.collect()
        };
        let used = Bounds {
            memory: 0,
            data: 8 << 30,
            ..most
        };
        assert_eq!(bounds("nvenc"), [used, used, most]);
        assert_eq!(bounds("vaapi"), [most; 3]);
    }
}
