/* SPDX-License-Identifier: ISC */
/* Frames as Linux 6 sent them on a pair of virtual Ethernet devices whose checksum offload was off: what tests of packet/ measure themselves by. */
#ifndef PACKET_KERNEL_FRAMES_H
#define PACKET_KERNEL_FRAMES_H

/* In hexadecimal. Of the two devices, one has 198.18.0.1 and 2001:db8::1, the other 198.18.0.2 and 2001:db8::2. */
/* Who has 198.18.0.2? Tell 198.18.0.1. */
#define KERNEL_ARP_REQUEST "ffffffffffff4663e4fbb15e080600010800060400014663e4fbb15ec6120001000000000000c6120002"
/* The answer to it. */
#define KERNEL_ARP_REPLY "4663e4fbb15e92bb8af238040806000108000604000292bb8af23804c61200024663e4fbb15ec6120001"
/* Who has 2001:db8::2? Tell 2001:db8::1. */
#define KERNEL_NEIGHBOUR_REQUEST                                                                                                           \
	"3333ff0000024663e4fbb15e86dd6000000000203aff20010db8000000000000000000000001ff0200000000000000000001ff0000028700"                 \
	"416a0000000020010db800000000000000000000000201014663e4fbb15e"
/* The answer to it. */
#define KERNEL_NEIGHBOUR_ANSWER                                                                                                            \
	"4663e4fbb15e92bb8af2380486dd6000000000203aff20010db800000000000000000000000220010db80000000000000000000000018800"                 \
	"36c16000000020010db8000000000000000000000002020192bb8af23804"
/* Has anybody 2001:db8::2? With a nonce (RFC 7527). */
#define KERNEL_DUPLICATE_DETECTION                                                                                                         \
	"3333ff00000292bb8af2380486dd6000000000203aff00000000000000000000000000000000ff0200000000000000000001ff0000028700"                 \
	"c0430000000020010db80000000000000000000000020e01e20517ad84eb"
/* 198.18.0.1 port 36588 to 198.18.0.2 port 143; window 64240, MSS 1460, SACK permitted, timestamps, scale 10. */
#define KERNEL_SYN_4                                                                                                                       \
	"36e45ba960dbfacf15e1c19a08004500003c3343400040067b51c6120001c61200028eec008f2d836c7700000000a002faf0ae3e00000204"                 \
	"05b40402080aa48d44a2000000000103030a"
/* Its answer. */
#define KERNEL_SYN_ACK_4                                                                                                                   \
	"facf15e1c19a36e45ba960db08004500003c000040004006ae94c6120002c6120001008f8eec304cb57d2d836c78a012fe88432b00000204"                 \
	"05b40402080a8e96f309a48d44a20103030a"
#define KERNEL_ACK_4                                                                                                                       \
	"36e45ba960dbfacf15e1c19a0800450000343344400040067b58c6120001c61200028eec008f2d836c78304cb57e8010003f704400000101"                 \
	"080aa48d44a28e96f309"
/* "* OK ready" and a line end. */
#define KERNEL_DATA_4                                                                                                                      \
	"facf15e1c19a36e45ba960db080045000040596140004006552fc6120002c6120001008f8eec304cb57e2d836c7880180040ff6500000101"                 \
	"080a8e96f310a48d44a22a204f4b2072656164790d0a"
#define KERNEL_FIN_4                                                                                                                       \
	"36e45ba960dbfacf15e1c19a0800450000343348400040067b54c6120001c61200028eec008f2d836c82304cb58b8011003f6fba00000101"                 \
	"080aa48d450d8e96f310"
/* A closed port. */
#define KERNEL_RST_4 "facf15e1c19a36e45ba960db080045000028000040004006aea8c6120002c6120001006ec3fa00000000c4316d40501400002dce0000"
/* 2001:db8::1 port 39446 to 2001:db8::2 port 143; window 64800, MSS 1440. */
#define KERNEL_SYN_6                                                                                                                       \
	"36e45ba960dbfacf15e1c19a86dd600f187b0028064020010db800000000000000000000000120010db80000000000000000000000029a16"                 \
	"008f6d5955c400000000a002fd204cfe0000020405a00402080a8b17b9a2000000000103030a"
/* Its answer. */
#define KERNEL_SYN_ACK_6                                                                                                                   \
	"facf15e1c19a36e45ba960db86dd600dcf210028064020010db800000000000000000000000220010db8000000000000000000000001008f"                 \
	"9a16299fa8e96d5955c5a012fb042aec0000020405a00402080a402e11668b17b9a20103030a"
/* "* OK ready" and a line end. */
#define KERNEL_DATA_6                                                                                                                      \
	"facf15e1c19a36e45ba960db86dd600dcf21002c064020010db800000000000000000000000220010db8000000000000000000000001008f"                 \
	"9a16299fa8ea6d5955c58018003fe39600000101080a402e11668b17b9a22a204f4b2072656164790d0a"
/* A closed port. */
#define KERNEL_RST_6                                                                                                                       \
	"facf15e1c19a36e45ba960db86dd600c921a0014064020010db800000000000000000000000220010db8000000000000000000000001006e"                 \
	"a4f200000000db4d4820501400008b8d0000"
/* Host 198.19.1.7 unreachable, says 198.18.0.2 of a SYN to its port 143. */
#define KERNEL_UNREACHABLE_4                                                                                                               \
	"facf15e1c19a36e45ba960db080045c00058aa4e00004001436fc6120002c612000103018a5b000000004500003cb03040004006fd5dc612"                 \
	"0001c6130107e276008f6298772100000000a002faf0adfe0000020405b40402080a1c94388c000000000103030a"
/* The same of 2001:db8:1::7. */
#define KERNEL_UNREACHABLE_6                                                                                                               \
	"facf15e1c19a36e45ba960db86dd600b961a00583a4020010db800000000000000000000000220010db80000000000000000000000010100"                 \
	"486700000000600ff4470028064020010db800000000000000000000000120010db8000100000000000000000007a654008fc00300800000"                 \
	"0000a002fd203b0c0000020405a00402080a36001702000000000103030a"
/* In transit to 198.19.2.7. */
#define KERNEL_TIME_EXCEEDED_4                                                                                                             \
	"facf15e1c19a36e45ba960db080045c00058aa86000040014337c6120002c61200010b00835c000000004500003c853a400001066654c612"                 \
	"0001c6130207de26008fb48fe0ab00000000a002faf0ae8a0000020405b40402080a7906235c000000000103030a"
/* In transit to 2001:db8:2::7. */
#define KERNEL_TIME_EXCEEDED_6                                                                                                             \
	"facf15e1c19a36e45ba960db86dd6004e3fb00583a4020010db800000000000000000000000220010db80000000000000000000000010300"                 \
	"0869000000006008328c0028060120010db800000000000000000000000120010db8000200000000000000000007a26c008fc0e48a280000"                 \
	"0000a002fd2010000000020405a00402080a898967e2000000000103030a"

#endif
