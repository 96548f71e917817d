"""What a technician may do: one contract for screens and shell, every act in the journal before it is done."""
