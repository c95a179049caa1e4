using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Latzero
{
    /// <summary>Copies between C's memory and that of .NET; text is UTF-8.</summary>
    static unsafe class Memory
    {
        public static byte[] Utf8(string text, out UIntPtr size)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            size = (UIntPtr)bytes.Length;
            return bytes;
        }

        public static byte[] Bytes(void* memory, ulong size)
        {
            var copy = new byte[size];
            if (size > 0) Marshal.Copy((IntPtr)memory, copy, 0, copy.Length);
            return copy;
        }

        public static string Text(void* memory, ulong size) => Encoding.UTF8.GetString(Bytes(memory, size));

        /// <summary>Up to the NUL.</summary>
        public static string Text(byte* text)
        {
            ulong size = 0;
            while (text[size] != 0) size++;
            return Text(text, size);
        }
    }
}
